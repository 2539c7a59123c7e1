mock_provider "terraform" {
  override_during = plan
  mock_resource "terraform_data" {
    defaults = {
      id     = "mocked"
    }
  }
}
run "plan" {
  command = plan
  assert {
    condition     = terraform_data.a[0].id == ""
    error_message = "a is ${terraform_data.a[0].id}"
  }
  assert {
    condition     = terraform_data.a[0].output == ""
    error_message = "a is ${jsonencode(terraform_data.a[0])}"
  }
}
