run "b" {
  expect_failures = [module.m]
}
