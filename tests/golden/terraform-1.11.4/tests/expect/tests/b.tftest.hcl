run "pre_plan" {
  command = plan
  variables { m = 2 }
  expect_failures = [terraform_data.pre]
}
run "pre_apply" {
  variables { m = 2 }
  expect_failures = [terraform_data.pre]
}
run "x" { command = plan }
