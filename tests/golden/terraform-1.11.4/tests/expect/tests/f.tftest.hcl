run "module_var" {
  command = plan
  variables { m = 9 }
  expect_failures = [var.m]
}
