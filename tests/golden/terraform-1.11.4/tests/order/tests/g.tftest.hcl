run "a" { command = plan }
run "undeclared_attribute" {
  command = plan
  assert {
    condition     = run.a.nope == 1
    error_message = "no"
  }
}
run "b" {
  command = plan
  assert {
    condition     = run.a.secret == "x"
    error_message = "secret is ${run.a.secret}"
  }
}
run "c" {
  command = plan
  assert {
    condition     = run.c.port == 80
    error_message = "self"
  }
}
