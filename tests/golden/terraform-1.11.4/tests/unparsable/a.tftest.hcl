run "a" {
