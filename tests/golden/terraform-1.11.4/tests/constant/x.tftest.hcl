run "constant" {
  command = plan
  assert {
    condition     = true
    error_message = "no"
  }
}
run "string_true" {
  command = plan
  assert {
    condition     = "true"
    error_message = "no"
  }
}
