override_data {
  target = data.terraform_remote_state.net
}
run "plan_known" {
  command = plan
  override_resource {
    target = terraform_data.a
    override_during = plan
    values = { id = "over" }
  }
  override_module {
    target = module.child["l"]
    outputs = { out = 12, nope = 1 }
  }
  assert {
    condition     = terraform_data.a[0].id == ""
    error_message = "a is ${terraform_data.a[0].id} ${jsonencode(output.net)}"
  }
  assert {
    condition     = module.child["l"].out == ""
    error_message = "child is ${jsonencode(module.child["l"])}"
  }
}
run "module_plan" {
  command = plan
  override_module {
    target = module.child
    outputs = { out = 12, id = "q" }
  }
  assert {
    condition     = module.child["l"].out == ""
    error_message = "child is ${jsonencode(module.child)} ${jsonencode(terraform_data.b.input)}"
  }
}
run "module_during_apply" {
  command = plan
  override_module {
    target = module.child
    override_during = apply
    outputs = { out = 12, id = "q" }
  }
  assert {
    condition     = module.child["l"].out == 12
    error_message = "child is ${jsonencode(module.child)} ${jsonencode(terraform_data.b.input)}"
  }
}
