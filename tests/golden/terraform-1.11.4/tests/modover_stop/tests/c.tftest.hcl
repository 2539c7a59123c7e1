run "bad_outputs" {
  override_module {
    target = module.m
    outputs = "x"
  }
}
