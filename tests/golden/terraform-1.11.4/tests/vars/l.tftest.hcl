variables {
  req = "r"
}
run "unset_in_run" {
  variables {
    nn = "n${var.list}"
  }
}
