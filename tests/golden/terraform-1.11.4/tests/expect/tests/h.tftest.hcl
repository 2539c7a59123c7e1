run "check_unexpected_apply" {
  variables { m = 6 }
}
run "next" { command = plan }
