override_data {
  target = data.terraform_remote_state.net
}
override_module {
  target = module.child["k"].module.grand
  outputs = { g = "grand" }
}
run "module_no_outputs" {
  override_module {
    target = module.child
  }
  assert {
    condition     = module.child["l"].out == ""
    error_message = "child is ${jsonencode(module.child)}"
  }
}
