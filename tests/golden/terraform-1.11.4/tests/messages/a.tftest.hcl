run "bad_message_of_true" {
  assert {
    condition     = var.s == "s"
    error_message = local.nope
  }
}
