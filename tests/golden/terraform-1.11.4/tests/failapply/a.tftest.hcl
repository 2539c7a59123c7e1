run "fails" {
  assert {
    condition     = terraform_data.b.input == "x"
    error_message = "no"
  }
}
run "next" {}
