mock_provider "terraform" {}
run "plan" {
  command = plan
  assert {
    condition     = data.terraform_remote_state.net.outputs == "zz"
    error_message = "net is ${jsonencode(data.terraform_remote_state.net)}"
  }
}
run "apply" {
  assert {
    condition     = terraform_data.a[0].id == ""
    error_message = "a is ${jsonencode(terraform_data.a[*].output)} ${length(terraform_data.a[0].id)} ${length(output.child)} ${jsonencode(output.net)} ${jsonencode(module.child.out)}"
  }
  assert {
    condition     = length(terraform_data.a[0].id) == 8 && terraform_data.a[0].id != terraform_data.a[1].id
    error_message = "id"
  }
  assert {
    condition     = terraform_data.a[0].output == "in0"
    error_message = "out"
  }
}
run "again" {
  assert {
    condition     = output.ids == run.apply.ids
    error_message = "new ids"
  }
}
run "unknown_in_plan" {
  command = plan
  variables { n = 3 }
  assert {
    condition     = terraform_data.a[2].id == "x"
    error_message = "known"
  }
}
