run "fails" {
  assert {
    condition = terraform_data.a.input == "b"
    error_message = "no"
  }
}
