override_data {
  target = data.terraform_remote_state.net
  values = { outputs = { vpc = "v" } }
}
run "plan" {
  command = plan
  assert {
    condition     = output.net == ""
    error_message = "net is ${jsonencode(data.terraform_remote_state.net)}"
  }
}
run "apply" {
  override_resource {
    target = terraform_data.a[0]
    values = { id = "over", output = 5 }
  }
  override_module {
    target = module.child
    outputs = { id = "child id" }
  }
  assert {
    condition     = terraform_data.a[0].id == ""
    error_message = "a is ${jsonencode(terraform_data.a[0])} ${jsonencode(terraform_data.b.input)} ${jsonencode(module.child)}"
  }
  assert {
    condition     = length(terraform_data.a[1].id) == 36
    error_message = "a is ${length(terraform_data.a[1].id)}"
  }
}
run "plan_unknown" {
  command = plan
  override_resource {
    target = module.child["l"].terraform_data.c
    values = { id = "over" }
  }
  assert {
    condition     = module.child["l"].id == "over"
    error_message = "${module.child["l"].id}"
  }
}
