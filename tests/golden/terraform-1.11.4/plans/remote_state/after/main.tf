data "terraform_remote_state" "net" {
  backend = "local"
  config  = { path = "net.tfstate" }
}
resource "terraform_data" "a" {
  input = data.terraform_remote_state.net.outputs.subnet
}
data "terraform_remote_state" "later" {
  backend    = "local"
  config     = { path = "net.tfstate" }
  depends_on = [terraform_data.a]
}
data "terraform_remote_state" "unknown" {
  backend = "local"
  config  = { path = "${terraform_data.a.id}.tfstate" }
}
output "all" { value = data.terraform_remote_state.net.outputs }
output "later" { value = data.terraform_remote_state.later.outputs }
