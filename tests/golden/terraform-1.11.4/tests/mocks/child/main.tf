variable "name" {}
resource "terraform_data" "c" { input = var.name }
output "id" { value = terraform_data.c.id }
output "out" { value = terraform_data.c.output }
