variables {
  req = "x"
}
run "bad_type" {}
