mock_provider "terraform" {
  mock_resource "terraform_data" {
    defaults = {
      input = "configured"
    }
  }
}
run "apply" {
  assert {
    condition     = terraform_data.a[0].input == ""
    error_message = "a is ${terraform_data.a[0].input}"
  }
}
