run "post_apply" {
  variables { m = 3 }
  expect_failures = [terraform_data.pre]
}
run "after_post" {
  command = plan
  expect_failures = [check.known_later]
}
