variables {
  a = "x"
  b = "y${var.a}"
}
run "r" {
  assert {
    condition     = output.o == "1"
    error_message = "It is ${output.o}."
  }
}
