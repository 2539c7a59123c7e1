run "e" {
  expect_failures = ["var.x"]
}
