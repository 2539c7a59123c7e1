run "two" {
  command = plan
  variables { m = 8 }
  expect_failures = [output.o, check.c]
}
