resource "terraform_data" "new" {
  input = 1
}
moved {
  from = terraform_data.old
  to   = terraform_data.new
}
moved {
  from = terraform_data.lost
  to   = terraform_data.nowhere
}
moved {
  from = module.m
  to   = module.n["a"]
}
module "n" {
  source   = "./m"
  for_each = toset(["a", "b"])
  name     = "${each.key}-${terraform_data.new.output}"
}
output "ids" { value = { for k, m in module.n : k => m.id } }
