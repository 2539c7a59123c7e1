override_data {
  target = data.terraform_remote_state.net
}
override_module {
  target = module.child["k"].module.grand
  outputs = { g = "grand" }
}
run "grand" {
  assert {
    condition     = module.child["l"].out == ""
    error_message = "child is ${module.child["k"].grand} ${length(module.child["l"].grand)} ${jsonencode(output.net)}"
  }
}
