variables {
  req   = "x"
  extra = "e"
}
run "extra_in_assert" {
  variables {
    more = "m"
  }
  assert {
    condition     = var.extra == "x"
    error_message = "It is ${var.extra}."
  }
  assert {
    condition     = var.more == "x"
    error_message = "It is ${var.more}."
  }
}
