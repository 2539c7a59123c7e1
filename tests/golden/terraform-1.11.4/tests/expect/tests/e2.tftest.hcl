run "check_plan" {
  command = plan
  variables { m = 6 }
  expect_failures = [check.c]
}
