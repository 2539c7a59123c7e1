mock_provider "terraform" {
  source = "./tests/mocks"
  mock_resource "terraform_data" {
    defaults = {
      id = "inline"
    }
  }
}
run "apply" {
  assert {
    condition     = terraform_data.a[0].id == ""
    error_message = "a is ${jsonencode(terraform_data.a)} ${jsonencode(output.net)} ${jsonencode(module.child)}"
  }
}
