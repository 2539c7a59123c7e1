variable "port" {
  type    = number
  default = 80
}
variable "name" { default = "a" }
variable "object" {
  type    = object({ size = number, tag = optional(string, "none") })
  default = { size = 1 }
}
resource "terraform_data" "a" {
  input = { port = var.port, name = var.name, object = var.object }
}
output "port" { value = terraform_data.a.output.port }
output "all" { value = terraform_data.a.output }
output "secret" {
  value     = var.name
  sensitive = true
}
