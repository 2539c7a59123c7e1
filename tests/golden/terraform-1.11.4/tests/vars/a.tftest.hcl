run "required_missing" {
  command = plan
}
run "next" {
  variables { req = 1 }
}
