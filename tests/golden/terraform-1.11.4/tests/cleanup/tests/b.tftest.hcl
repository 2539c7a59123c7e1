run "bad" {
  variables { fail = true }
}
