run "sensitive_message_of_true" {
  assert {
    condition     = var.s == "s"
    error_message = "It is ${var.s}."
  }
}
run "sensitive_message_of_false" {
  assert {
    condition     = output.s == "t"
    error_message = "It is ${output.s}."
  }
}
