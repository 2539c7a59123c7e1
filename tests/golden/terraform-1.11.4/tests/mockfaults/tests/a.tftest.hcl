mock_provider "terraform" {}
run "import" {}
