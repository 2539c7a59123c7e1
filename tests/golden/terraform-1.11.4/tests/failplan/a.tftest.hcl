run "fails" {
  command = plan
  assert {
    condition     = terraform_data.a.input == "x"
    error_message = "no"
  }
}
run "next" {}
