run "many_block" {
  command = plan
  variables { m = 4 }
  expect_failures = [terraform_data.many]
}
run "many_instance" {
  command = plan
  variables { m = 4 }
  expect_failures = [terraform_data.many["b"]]
}
run "many_wrong_instance" {
  command = plan
  variables { m = 4 }
  expect_failures = [terraform_data.many["a"]]
}
