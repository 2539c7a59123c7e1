run "bad_condition" {
  assert {
    condition     = local.l.nope == 2
    error_message = "local"
  }
  assert {
    condition     = var.v == 2
    error_message = "second"
  }
}
run "next" {}
