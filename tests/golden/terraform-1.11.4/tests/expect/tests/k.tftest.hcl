run "undeclared_target" {
  command = plan
  expect_failures = [check.nope]
}
