resource "terraform_data" "a" { input = ["x"] }
resource "terraform_data" "by_set" {
  for_each = toset([terraform_data.a.id])
}
resource "terraform_data" "by_count" {
  count = length(terraform_data.a.id)
}
resource "terraform_data" "fine" {
  for_each = { known = terraform_data.a.id }
  input    = each.value
}
