resource "terraform_data" "list" {
  for_each = ["a"]
}
resource "terraform_data" "null" {
  for_each = tomap(null)
}
resource "terraform_data" "sensitive" {
  for_each = sensitive(toset(["a"]))
}
resource "terraform_data" "numbers" {
  for_each = toset([1, 2])
}
resource "terraform_data" "negative" {
  count = -1
}
resource "terraform_data" "text" {
  count = "x"
}
