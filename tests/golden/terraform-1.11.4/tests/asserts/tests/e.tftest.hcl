run "null_condition" {
  assert {
    condition     = var.v == 1 ? null : null
    error_message = "x"
  }
}
