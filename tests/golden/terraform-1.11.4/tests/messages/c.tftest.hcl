run "first" {}
run "run_name" {
  assert {
    condition     = run.nope.x == "t"
    error_message = "It is ${output.s}."
  }
}
