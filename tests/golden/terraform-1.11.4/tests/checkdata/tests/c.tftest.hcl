run "overridden" {
  override_data {
    target = data.terraform_remote_state.d
    values = { outputs = {} }
  }
}
