variable "n" { default = 2 }
resource "terraform_data" "a" {
  count = var.n
  input = "in${count.index}"
}
resource "terraform_data" "b" {
  input = module.child["k"].id
}
data "terraform_remote_state" "net" {
  backend = "local"
  config  = { path = "nowhere.tfstate" }
}
module "child" {
  source   = "./child"
  for_each = toset(["k", "l"])
  name     = each.key
}
output "net" { value = data.terraform_remote_state.net.outputs }
