output "web_addresses" {
  description = "The private addresses of the web hosts: known to the provider alone."
  value       = aws_instance.web[*].private_ip
}
