run "undeclared_run" {
  variables { name = run.nope.x }
}
