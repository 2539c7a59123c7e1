module "site" {
  source   = "./site"
  for_each = { blog = 1, shop = 2, old = 3 }
  name     = each.key
  size     = each.value
}
module "gone" {
  source = "./site"
  name   = "gone"
}
module "counted" {
  source = "./site"
  count  = 2
  name   = "c${count.index}"
}
