mock_resource "terraform_data" {
  defaults = { id = "1" }
}
