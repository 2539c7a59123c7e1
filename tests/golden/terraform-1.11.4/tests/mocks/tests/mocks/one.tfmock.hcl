mock_resource "terraform_data" {
  defaults = {
    id = "from file"
    output = "out from file"
  }
}
override_resource {
  target = terraform_data.a[1]
  values = { id = "overridden in file" }
}
