variables {
  req = "r"
}
run "undeclared_tfvars" {
  variables {
    nn = var.undeclared
  }
  assert {
    condition     = var.nn == "x"
    error_message = "It is ${var.nn}."
  }
}
