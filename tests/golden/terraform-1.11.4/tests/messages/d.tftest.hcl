run "first" {
  assert {
    condition     = run.second.s == "t"
    error_message = "It is."
  }
}
run "second" {}
