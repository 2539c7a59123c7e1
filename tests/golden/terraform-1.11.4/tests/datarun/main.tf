variable "path" { default = "x" }
data "terraform_remote_state" "d" {
  backend  = "local"
  config   = { path = var.path }
  defaults = { a = 1 }
}
output "o" { value = data.terraform_remote_state.d.outputs }
