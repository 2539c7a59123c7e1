run "message_null" {
  command = plan
  assert {
    condition     = var.v == 2
    error_message = null
  }
}
