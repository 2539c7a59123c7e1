run "apply_fine" {
}
run "known_now" {
  command = plan
}
run "change_unknown_check" {
  command = plan
  variables { m = 11 }
}
