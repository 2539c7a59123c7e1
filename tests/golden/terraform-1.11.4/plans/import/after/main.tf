import {
  to = terraform_data.i
  id = "the-id"
}
resource "terraform_data" "i" {
  input = "x"
}
resource "terraform_data" "j" {
  for_each = toset(["a", "b"])
  input    = each.key
}
import {
  for_each = toset(["a"])
  to       = terraform_data.j[each.key]
  id       = "id-${each.key}"
}
