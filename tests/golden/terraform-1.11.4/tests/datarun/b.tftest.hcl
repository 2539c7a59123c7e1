run "later_override" {
  override_data {
    target = data.terraform_remote_state.d
    override_during = apply
    values = { outputs = { z = 1 } }
  }
  assert {
    condition     = output.o.z == 2
    error_message = "It is ${jsonencode(output.o)}."
  }
}
run "plan" {
  command = plan
  override_data {
    target = data.terraform_remote_state.d
    override_during = apply
    values = { outputs = { z = 1 } }
  }
  assert {
    condition     = output.o.z == 2
    error_message = "It is ${jsonencode(output.o)}."
  }
}
