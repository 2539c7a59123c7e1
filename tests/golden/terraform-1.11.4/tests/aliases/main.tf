terraform {
  required_providers {
    terraform = {
      source                = "terraform.io/builtin/terraform"
      configuration_aliases = [terraform.second]
    }
  }
}
resource "terraform_data" "a" { input = 1 }
resource "terraform_data" "b" {
  provider = terraform.second
  input    = 1
}
module "c" {
  source    = "./c"
  providers = { terraform = terraform.second }
}
output "ids" { value = [terraform_data.a.id, terraform_data.b.id, module.c.id] }
