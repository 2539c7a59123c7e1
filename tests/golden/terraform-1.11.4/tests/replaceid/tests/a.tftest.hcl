mock_provider "terraform" {}
run "first" {}
run "mock_never_replaces" {
  variables { t = 2 }
  assert {
    condition     = output.id == run.first.id
    error_message = "replaced"
  }
}
run "asked" {
  variables { t = 2 }
  plan_options { replace = [terraform_data.t] }
  assert {
    condition     = output.id != run.first.id
    error_message = "kept"
  }
}
