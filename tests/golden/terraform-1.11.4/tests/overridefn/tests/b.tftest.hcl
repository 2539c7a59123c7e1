run "a" {
  override_resource {
    target = terraform_data.a
    values = { id = upper("x") }
  }
}
