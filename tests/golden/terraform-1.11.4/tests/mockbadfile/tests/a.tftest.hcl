mock_provider "terraform" {
  source = "./mocks"
}
run "a" {}
