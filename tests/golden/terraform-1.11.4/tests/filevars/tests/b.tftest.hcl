variables {
  a = run.r.o
}
run "r" {
  variables { a = "q" }
}
run "s" {
  assert {
    condition     = output.o == "1"
    error_message = "It is ${output.o}."
  }
}
