run "output_apply" {
  variables { m = 8 }
  expect_failures = [output.o]
}
