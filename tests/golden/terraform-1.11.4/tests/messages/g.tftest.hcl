run "first" {
  assert {
    condition     = output == "t"
    error_message = "It is."
  }
}
