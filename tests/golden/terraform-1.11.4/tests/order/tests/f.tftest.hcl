run "forward" {
  variables { name = run.later.port }
}
run "later" {}
