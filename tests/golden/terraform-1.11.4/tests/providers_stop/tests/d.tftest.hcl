mock_provider "terraform" {
  source = "./nowhere"
}
run "no_source" {}
