variables {
  req = 1 +
}
run "x" {}
