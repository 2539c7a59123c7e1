run "unread_expected" {
  command = plan
  expect_failures = [check.data]
}
