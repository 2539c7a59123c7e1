run "fails" {
  command = plan
}
run "next" {}
