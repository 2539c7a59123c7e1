run "first" {}
run "overridden_replaces" {
  variables { t = 2 }
  override_resource {
    target = terraform_data.t
    values = { id = "o" }
  }
  assert {
    condition     = output.id == "o"
    error_message = "kept"
  }
}
