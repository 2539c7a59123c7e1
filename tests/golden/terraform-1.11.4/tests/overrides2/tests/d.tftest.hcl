override_data {
  target = data.terraform_remote_state.net
  values = { outputs = "x", nope = 1 }
}
run "input_given" {
  override_resource {
    target = terraform_data.b
    values = { id = "x", input = "other" }
  }
  assert {
    condition     = terraform_data.b.input == ""
    error_message = "b is ${terraform_data.b.id} ${length(terraform_data.b.input)} ${jsonencode(terraform_data.b.output)} ${jsonencode(output.net)}"
  }
}
run "update_overridden" {
  override_resource {
    target = terraform_data.a[0]
    values = { id = "late" }
  }
  assert {
    condition     = terraform_data.a[0].id == "late"
    error_message = "b is not late"
  }
}
run "replace_overridden" {
  plan_options { replace = [terraform_data.a[0]] }
  override_resource {
    target = terraform_data.a[0]
    values = { id = "replaced" }
  }
  assert {
    condition     = terraform_data.a[0].id == "replaced"
    error_message = "b is not late"
  }
}
