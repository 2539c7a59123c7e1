run "bad_message" {
  assert {
    condition     = var.v == 2
    error_message = local.nope
  }
}
run "next" {}
