variable "names" { type = set(string) }
variable "extra" {}
module "b" {
  source   = "../b"
  for_each = var.names
  name     = "${each.key}${var.extra.known}"
}
output "deep" { value = { for k, m in module.b : k => m.out.known } }
