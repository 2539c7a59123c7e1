resource "terraform_data" "a" {
  count = 3
  input = count.index
}
resource "terraform_data" "b" {
  input = "single"
}
resource "terraform_data" "c" {
  count = 1
  input = "c"
}
resource "terraform_data" "k" {
  for_each = toset(["x", "y"])
  input    = each.key
}
