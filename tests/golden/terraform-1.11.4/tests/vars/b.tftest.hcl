variables {
  req = "x"
}
run "sensitive_message" {
  assert {
    condition     = var.secret == "x"
    error_message = "It is ${var.secret}."
  }
}
run "null_given" {
  variables { nn = null }
  assert {
    condition     = var.nn == "nn"
    error_message = "It is ${var.nn}."
  }
}
run "converted" {
  variables { list = ["1", 2] }
  assert {
    condition     = output.list == tolist([1, 2])
    error_message = "It is ${jsonencode(output.list)}."
  }
}
run "not_convertible" {
  variables { list = "x" }
}
