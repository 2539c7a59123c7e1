run "c" {
  expect_failures = [module.m.terraform_data.x]
}
