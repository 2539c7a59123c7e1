run "s" {
  assert {
    condition     = output.o == "1"
    error_message = "It is ${output.o}."
  }
}
