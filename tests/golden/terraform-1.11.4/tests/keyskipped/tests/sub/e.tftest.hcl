run "not_found_either" {}
