module "a" {
  source = "./a"
  count  = 2
  names  = toset(["x", "y"])
  extra  = module.b.out
}
module "b" {
  source     = "./b"
  depends_on = [terraform_data.first]
}
resource "terraform_data" "first" {}
output "deep" { value = module.a[1].deep["x"] }
output "all" { value = module.a[*].deep }
