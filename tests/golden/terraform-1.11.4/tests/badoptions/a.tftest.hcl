run "a" {
  plan_options {
    mode = destroy
  }
}
run "b" {
  plan_options {
    mode    = refresh-only
    refresh = false
  }
}
run "c" {
  plan_options {
    nope = 1
  }
  plan_options {}
}
run "d" {
  command = destroy
}
run "d" {}
run "e" {
  nope = 1
  what {}
  variables {}
  variables {}
  module { source = "./x" }
  module { source = "./x" }
}
run "f" {
  module {}
}
run "g" {
  module { source = "git::https://example.com/x" }
}
run "h" {
  module { source = "x" }
}
run "i" {
  assert { condition = var.in == 1 }
  assert { error_message = "x" }
  parallel = "x"
  state_key = var.in
  command = "plan"
}
run {}
run "j" "k" {}
run "l m" {}
variables {}
variables {}
nope = 1
what {}
test {}
provider "terraform" {}
provider "terraform" {}
mock_provider "terraform" {}
mock_provider "terraform" { alias = "x y" }
mock_provider "x" {
  nope = 1
  mock_resource "a" { nope = 1 }
  mock_resource "a" {}
  mock_data "b" { defaults = var.x }
  override_module { target = module.x }
  override_during = never
}
override_resource {}
override_resource { target = module.x }
override_resource { target = data.x.y }
override_resource {
  target = a.b
  values = 5
}
override_resource { target = a.b }
override_data { target = a.b }
override_data {
  target = data.a.b
  override_during = "plan"
  outputs = {}
}
override_module {
  target = a.b
}
override_module {
  target = module.x
  values = {}
}
override_module {
  target = var.x
}
