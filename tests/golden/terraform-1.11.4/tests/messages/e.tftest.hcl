run "first" {
  assert {
    condition     = run.first.s == "t"
    error_message = "It is."
  }
}
