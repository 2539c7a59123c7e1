variable "a" {
  nope = 1
}
resource "terraform_data" "a" {
  count = 1
  for_each = {}
}
