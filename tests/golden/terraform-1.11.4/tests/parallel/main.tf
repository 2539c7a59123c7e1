variable "in" { default = 1 }
resource "terraform_data" "a" { input = var.in }
output "id" { value = terraform_data.a.id }
