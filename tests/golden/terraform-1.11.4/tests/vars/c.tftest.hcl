variables {
  req = nope.x
}
run "invalid_reference" {}
