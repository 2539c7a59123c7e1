variables {
  req   = "${var.nope}"
}
run "unknown_global" {}
