variables {
  req   = "r"
  bad   = run.x.y
}
run "bad_is_unused" {}
run "bad_is_used" {
  variables {
    nn = var.bad
  }
}
