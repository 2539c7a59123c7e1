resource "terraform_data" "g" { input = "g" }
output "g" { value = terraform_data.g.id }
