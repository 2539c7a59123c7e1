test {}
run "a" {}
