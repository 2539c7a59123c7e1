mock_provider "terraform" {
  mock_resource "terraform_data" {
    defaults = {
      id     = ["list"]
    }
  }
}
run "apply" {
}
