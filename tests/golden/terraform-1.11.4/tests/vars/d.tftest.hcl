variables {
  req = "x"
}
run "invalid_reference" {
  variables { list = [local.x] }
}
