run "check_apply" {
  variables { m = 6 }
  expect_failures = [check.c]
}
