run "h" {
  expect_failures = [var.x.y]
}
