run "g" {
  expect_failures = [path.module]
}
