run "post_plan" {
  command = plan
  variables { m = 3 }
  expect_failures = [terraform_data.pre]
}
