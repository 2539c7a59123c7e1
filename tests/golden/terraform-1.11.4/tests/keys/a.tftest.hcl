run "m1" {}
run "s1" {
  module { source = "./s" }
}
run "k1" {
  state_key = "k"
  variables { name = "k1" }
}
run "t1" {
  module { source = "./t" }
}
run "m2" {
  command = plan
}
run "k2" {
  state_key = "k"
  variables { name = "k2" }
}
