run "s" {
  module { source = "./s" }
}
run "good" {}
