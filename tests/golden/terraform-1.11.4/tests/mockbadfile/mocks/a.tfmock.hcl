mock_resource "terraform_data" {
  defaults = { id = "1" }
}
nope = 1
mock_provider "x" {}
variables {}
