override_data {
  target = data.terraform_remote_state.net
}
run "missing_target" {
  override_resource {
    target = terraform_data.nope
    values = { id = "x" }
  }
}
run "missing_module" {
  override_module {
    target = module.nope
  }
}
run "bad_values" {
  override_resource {
    target = terraform_data.b
    values = { id = ["x"] }
  }
}
