test { parallel = true }
run "a" {}
