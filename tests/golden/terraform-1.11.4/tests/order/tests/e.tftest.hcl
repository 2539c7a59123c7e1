run "undeclared_output" {
  command = plan
  assert {
    condition     = output.nope == 1
    error_message = "no"
  }
}
run "undeclared_var" {
  command = plan
  assert {
    condition     = var.nope == 1
    error_message = "no"
  }
}
