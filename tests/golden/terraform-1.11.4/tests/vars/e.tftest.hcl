variables {
  req = "x"
}
run "undeclared_var_ref" {
  variables { list = [var.nope] }
}
