run "var_plan" {
  command = plan
  variables { n = 0 }
  expect_failures = [var.n]
}
run "var_apply" {
  variables { n = 0 }
  expect_failures = [var.n]
}
