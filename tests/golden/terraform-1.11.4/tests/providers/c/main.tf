resource "terraform_data" "c" { input = "c" }
output "id" { value = terraform_data.c.id }
