output "codename" {
  description = "The name that people say."
  value       = random_pet.codename.id
}

output "files" {
  description = "What was rendered."
  value       = [local_file.page.filename, local_file.vhost.filename]
}
