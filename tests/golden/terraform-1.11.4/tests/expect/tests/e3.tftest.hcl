run "output_plan" {
  command = plan
  variables { m = 8 }
  expect_failures = [output.o]
}
