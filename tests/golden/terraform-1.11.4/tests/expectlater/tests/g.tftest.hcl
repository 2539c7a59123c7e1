run "failing_assert_too" {
  command = plan
  variables { m = 6 }
  expect_failures = [check.c]
  assert {
    condition     = var.m == 7
    error_message = "seven"
  }
}
run "check_unexpected" {
  command = plan
  variables { m = 6 }
  assert {
    condition     = var.m == 7
    error_message = "seven"
  }
}
run "next" { command = plan }
