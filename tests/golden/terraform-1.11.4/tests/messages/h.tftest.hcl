run "first" {
  assert {
    condition     = each.key == "t"
    error_message = "It is."
  }
}
