mock_provider "terraform" {}
override_resource {
  target = terraform_data.i
  values = { id = "imported", input = 2, output = 3 }
}
run "import" {
  assert {
    condition     = terraform_data.i.id == ""
    error_message = "${jsonencode(terraform_data.i)}"
  }
}
