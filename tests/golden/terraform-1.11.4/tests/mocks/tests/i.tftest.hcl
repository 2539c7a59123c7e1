mock_provider "terraform" {
  mock_resource "terraform_data" {
    defaults = { id = "m" }
  }
  override_resource {
    target = terraform_data.a[0]
    values = { id = "in provider" }
  }
}
override_resource {
  target = terraform_data.a
  values = { id = "in file" }
}
run "apply" {
  override_resource {
    target = terraform_data.a[1]
    values = { id = "in run" }
  }
  assert {
    condition     = terraform_data.a[0].id == ""
    error_message = "a is ${jsonencode(terraform_data.a)} ${jsonencode(module.child)}"
  }
}
