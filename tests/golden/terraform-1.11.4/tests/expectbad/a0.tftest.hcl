run "a" {
  expect_failures = [local.l]
}
