mock_provider "terraform" {
  mock_resource "terraform_data" {
    override_during = plan
    defaults = {
      id     = "mocked"
      nope = 1
    }
  }
}
run "plan" {
  command = plan
  assert {
    condition     = terraform_data.a[0].id == ""
    error_message = "a is ${terraform_data.a[0].id}"
  }
}
