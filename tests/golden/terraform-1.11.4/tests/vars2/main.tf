variable "req" {
  type = number
}
output "req" { value = var.req }
