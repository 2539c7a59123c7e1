provider "terraform" {}
mock_provider "terraform" {
  alias = "fake"
  mock_resource "terraform_data" {
    defaults = { id = "fake" }
  }
}
mock_provider "terraform" {
  alias = "other"
  mock_resource "terraform_data" {
    defaults = { id = "other" }
  }
}
run "real" {
  state_key = "1"
  assert {
    condition     = length(output.id) == 36
    error_message = "it is ${output.id}"
  }
}
run "fake" {
  state_key = "2"
  providers = { terraform = terraform.fake }
  assert {
    condition     = output.id == "fake" && output.cid == "fake"
    error_message = "it is ${output.id} ${output.cid}"
  }
}
run "other" {
  state_key = "3"
  providers = { terraform = terraform.other }
  assert {
    condition     = output.id == "other" && output.cid == "other"
    error_message = "it is ${output.id} ${output.cid}"
  }
}
run "module_only" {
  module { source = "./c" }
  providers = { terraform = terraform.other }
  assert {
    condition     = output.id == "other"
    error_message = "it is ${output.id}"
  }
}
