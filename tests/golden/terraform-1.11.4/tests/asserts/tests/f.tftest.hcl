run "message_number" {
  command = plan
  assert {
    condition     = var.v == 2
    error_message = 12
  }
}
