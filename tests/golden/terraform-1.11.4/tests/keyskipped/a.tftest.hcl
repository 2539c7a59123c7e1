run "a" {
  assert {
    condition     = output.v == 2
    error_message = "It is ${output.v}."
  }
}
run "b" {
  variables { v = run.a.v + 1 }
  assert {
    condition     = output.v == 2
    error_message = "It is ${output.v}."
  }
}
