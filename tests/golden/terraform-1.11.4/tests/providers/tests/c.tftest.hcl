provider "terraform" { nope = 1 }
run "bad_configuration" {
}
