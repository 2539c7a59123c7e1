mock_provider "terraform" {
  mock_resource "terraform_data" {
    defaults = {
      id     = "mocked"
      output = { a = 1 }
    }
  }
  mock_data "terraform_remote_state" {
    defaults = {
      outputs = { vpc = "vpc-1" }
    }
  }
}
run "apply" {
  assert {
    condition     = terraform_data.a[0].id == ""
    error_message = "a is ${jsonencode(terraform_data.a)} ${jsonencode(output.net)} ${jsonencode(module.child)}"
  }
}
run "changes" {
  variables { n = 3 }
  assert {
    condition     = terraform_data.a[0].id == ""
    error_message = "a is ${jsonencode(terraform_data.a)} ${jsonencode(output.net)} ${jsonencode(module.child)}"
  }
}
