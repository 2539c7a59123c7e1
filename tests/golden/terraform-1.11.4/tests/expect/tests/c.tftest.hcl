run "post_apply" {
  variables { m = 3 }
  expect_failures = [terraform_data.pre]
}
