run "f" {
  expect_failures = [run.a]
}
