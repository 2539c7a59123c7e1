run "not_found" {}
