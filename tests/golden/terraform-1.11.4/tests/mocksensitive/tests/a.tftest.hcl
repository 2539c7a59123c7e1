mock_provider "terraform" {
  mock_resource "terraform_data" {
    defaults = { output = "o" }
  }
}
run "first" {
  assert {
    condition     = output.a == "x"
    error_message = "is ${nonsensitive(output.a)}"
  }
}
run "changed_trigger" {
  variables { s = "other" }
  assert {
    condition     = terraform_data.t.id == run.first.a
    error_message = "is ${nonsensitive(output.a)} ${nonsensitive(terraform_data.a.input)}"
  }
}
