run "data" {
  command = plan
  variables { m = 5 }
  expect_failures = [data.terraform_remote_state.d]
}
