output "url" {
  description = "Where the sites are."
  value       = "http://127.0.0.1:${var.port}/"
}

output "codenames" {
  description = "What people call the sites."
  value       = { for name, site in module.site : name => site.codename }
}

output "monitor_token" {
  value     = random_password.monitor.result
  sensitive = true
}
