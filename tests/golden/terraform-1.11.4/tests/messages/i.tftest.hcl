run "first" {
  assert {
    condition     = check.x == "t"
    error_message = "It is."
  }
}
