override_module {
  target  = module.m
  outputs = { o = "over", q = "q" }
}
run "apply" {
  assert {
    condition     = output.m.q == "x"
    error_message = "m is ${jsonencode(output.m)} ${terraform_data.after.input}"
  }
}
run "validations" {
  variables { n = 3 }
  override_module { target = module.each }
}
run "preconditions" {
  variables { n = 4 }
  override_module { target = module.each }
}
run "checks" {
  variables { n = 5 }
  override_module { target = module.each }
}
run "one_instance" {
  override_module {
    target = module.each["a"]
    outputs = { p = "only a" }
  }
  assert {
    condition     = module.each["a"].p == module.each["b"].p
    error_message = "they are ${module.each["a"].p} ${module.each["b"].p}"
  }
}
