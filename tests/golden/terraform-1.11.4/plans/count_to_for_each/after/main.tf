resource "terraform_data" "a" {
  for_each = { zero = 0, one = 1 }
  input    = each.value
}
moved {
  from = terraform_data.a[0]
  to   = terraform_data.a["zero"]
}
resource "terraform_data" "b" {
  count = 2
  input = "single"
}
resource "terraform_data" "c" {
  input = "c"
}
resource "terraform_data" "k" {
  for_each = toset(["y", "z"])
  input    = each.key
}
output "all" {
  value = { for k, v in terraform_data.a : k => v.output }
}
output "splat" {
  value = terraform_data.b[*].output
}
