run "a" {
  parallel = true
  state_key = "a"
}
run "b" {
  parallel = true
  state_key = "b"
  assert {
    condition     = output.id != run.a.id
    error_message = "same"
  }
}
