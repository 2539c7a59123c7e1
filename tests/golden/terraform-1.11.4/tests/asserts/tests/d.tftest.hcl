run "undeclared_resource" {
  assert {
    condition     = terraform_data.nope.id == 2
    error_message = "x"
  }
}
