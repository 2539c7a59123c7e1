terraform {
  required_providers {
    terraform = { source = "terraform.io/builtin/terraform" }
  }
}
variable "n" { default = 2 }
resource "terraform_data" "a" {
  count = var.n
  input = "in${count.index}"
}
data "terraform_remote_state" "net" {
  backend = "local"
  config  = { path = "nowhere.tfstate" }
}
module "child" {
  source = "./child"
  name   = "x"
}
output "ids" { value = terraform_data.a[*].id }
output "outs" { value = terraform_data.a[*].output }
output "net" { value = data.terraform_remote_state.net.outputs }
output "child" { value = module.child.id }
