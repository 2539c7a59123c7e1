variable "s" {
  default   = "s"
  sensitive = true
}
output "s" {
  value = var.s
  sensitive = true
}
