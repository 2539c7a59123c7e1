run "first" {}
run "second" {
  assert {
    condition     = run.first == "t"
    error_message = "It is."
  }
}
run "third" {
  assert {
    condition     = run == "t"
    error_message = "It is."
  }
}
