run "not_bool" {
  command = plan
  assert {
    condition     = var.name
    error_message = "no"
  }
}
run "null_condition" {
  command = plan
  assert {
    condition     = var.name == "a" ? null : null
    error_message = "no"
  }
}
run "message_number" {
  command = plan
  assert {
    condition     = var.port == 1
    error_message = 12
  }
}
run "message_null" {
  command = plan
  assert {
    condition     = var.port == 1
    error_message = null
  }
}
