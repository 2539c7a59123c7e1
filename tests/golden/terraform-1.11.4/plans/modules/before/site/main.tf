variable "name" { type = string }
variable "size" {
  type    = number
  default = 1
}
resource "terraform_data" "vhost" {
  count = var.size
  input = "${var.name}-${count.index}"
}
module "inner" {
  source = "./inner"
  label  = var.name
}
output "hosts" { value = terraform_data.vhost[*].output }
output "inner" { value = module.inner.label }
