variables {
  extra = "file"
}
run "setup" {
  module { source = "./setup" }
  assert {
    condition     = terraform_data.s.output == "setup-file"
    error_message = "It is ${terraform_data.s.output}."
  }
}
run "main" {
  variables { name = run.setup.made }
  assert {
    condition     = output.name == "setup-file"
    error_message = "It is ${output.name}."
  }
}
run "setup_again" {
  module { source = "./setup" }
  assert {
    condition     = output.id == run.setup.id
    error_message = "another state"
  }
}
run "main_keyed" {
  state_key = "other"
  assert {
    condition     = output.id != run.main.id
    error_message = "same state"
  }
}
run "main_again" {
  assert {
    condition     = output.id == run.main.id
    error_message = "another state"
  }
}
run "setup_keyed_as_other" {
  state_key = "other"
  module { source = "./setup" }
  assert {
    condition     = output.made == "setup-file"
    error_message = "no"
  }
}
run "main_keyed_again" {
  state_key = "other"
  assert {
    condition     = output.id == run.main_keyed.id
    error_message = "destroyed in between"
  }
}
run "undeclared" {
  module { source = "./setup" }
  variables { nope = 1 }
}
run "nameless_file" {
  variables { nope = 1 }
}
