run "missing_and_assert" {
  expect_failures = [check.c]
  assert {
    condition     = var.m == 7
    error_message = "seven"
  }
}
run "next" { command = plan }
