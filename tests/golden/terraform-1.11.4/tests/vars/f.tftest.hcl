variables {
  req = "x"
}
run "own_var_ref" {
  variables {
    list = [1]
    nn   = "n${length(var.list)}"
  }
  assert {
    condition     = var.nn == "n1"
    error_message = "It is ${var.nn}."
  }
}
