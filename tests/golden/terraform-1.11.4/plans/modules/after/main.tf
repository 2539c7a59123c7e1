module "site" {
  source   = "./site"
  for_each = { blog = 2, shop = 1, new = 1 }
  name     = each.key
  size     = each.value
}
module "counted" {
  source = "./site"
  name   = "c0"
}
output "hosts" { value = { for k, m in module.site : k => m.hosts } }
output "one" { value = module.site["blog"].inner }
