terraform {
  required_providers {
    terraform = { source = "terraform.io/builtin/terraform" }
  }
}
resource "terraform_data" "c" { input = "c" }
output "id" { value = terraform_data.c.id }
