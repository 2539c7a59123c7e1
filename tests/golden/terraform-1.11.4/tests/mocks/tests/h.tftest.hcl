mock_provider "terraform" {
  alias = "fake"
  mock_resource "terraform_data" {
    defaults = { id = "fake" }
  }
}
run "real" {
  command = plan
  plan_options { target = [terraform_data.a] }
  assert {
    condition     = terraform_data.a[0].id == "fake"
    error_message = "a is ${terraform_data.a[0].id}"
  }
}
run "fake" {
  providers = { terraform = terraform.fake }
  assert {
    condition     = terraform_data.a[0].id == ""
    error_message = "a is ${jsonencode(terraform_data.a)} ${jsonencode(output.net)} ${jsonencode(module.child)}"
  }
}
