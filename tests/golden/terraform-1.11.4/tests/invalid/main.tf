resource "terraform_data" "a" {
  nope = 1
}
resource "terraform_data" "b" {
  input = local.nope
}
