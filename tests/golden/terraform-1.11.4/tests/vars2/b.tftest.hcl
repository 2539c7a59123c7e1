variables {
  req = timestamp()
}
run "time" {
  command = plan
}
