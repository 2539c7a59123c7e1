variable "in" { default = 1 }
resource "terraform_data" "a" { input = var.in }
resource "terraform_data" "b" { input = "${var.in}-${terraform_data.a.id}" }
resource "terraform_data" "c" { input = var.in }
output "ids" { value = { a = terraform_data.a.id, b = terraform_data.b.id, c = terraform_data.c.id } }
output "in" { value = var.in }
