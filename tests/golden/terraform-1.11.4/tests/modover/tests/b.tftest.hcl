run "applied" {}
run "then_overridden" {
  command = plan
  override_module {
    target = module.m
    outputs = { o = "over" }
  }
  assert {
    condition     = terraform_data.after.input == "x"
    error_message = "m is ${terraform_data.after.input}"
  }
}
