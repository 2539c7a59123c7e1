run "ok" {}
