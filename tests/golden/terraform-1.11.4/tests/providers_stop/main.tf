variable "in" { default = 1 }
resource "terraform_data" "a" { input = var.in }
module "c" {
  source = "./c"
}
output "id" { value = terraform_data.a.id }
output "cid" { value = module.c.id }
