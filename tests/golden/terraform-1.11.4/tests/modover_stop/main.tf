variable "n" { default = 1 }
module "m" {
  source = "./m"
  n      = var.n
}
module "each" {
  source   = "./m"
  for_each = toset(["a", "b"])
  n        = var.n
}
resource "terraform_data" "after" {
  input      = module.m.o
  depends_on = [module.each]
}
output "m" { value = module.m }
output "each" { value = module.each }
