run "a" {}
run "b" {
  module { source = "./m" }
}
