override_data {
  target = data.terraform_remote_state.net
}
run "dead_module_variable_validation" {
  command = plan
  override_module {
    target = module.child
  }
  expect_failures = [terraform_data.b]
}
