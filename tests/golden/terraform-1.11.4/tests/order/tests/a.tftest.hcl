variables {
  port = 81
  unused = "x"
}
run "file_scope" {
  assert {
    condition     = output.port == 81 && var.name == "from tfvars"
    error_message = "It is ${output.port} ${var.name}."
  }
}
run "run_scope" {
  command = plan
  variables {
    port = run.file_scope.port + 1
    name = "n${var.port}"
  }
  assert {
    condition     = var.port == 82
    error_message = "It is ${var.port}."
  }
  assert {
    condition     = var.name == "n81"
    error_message = "It is ${var.name}."
  }
  assert {
    condition     = terraform_data.a.input.object.tag == "none"
    error_message = "It is."
  }
}
run "refers_to_unused" {
  variables {
    name = var.unused
  }
  assert {
    condition     = output.all.name == "x"
    error_message = "It is ${output.all.name}."
  }
}
run "state_is_kept" {
  command = plan
  assert {
    condition     = terraform_data.a.output.port == 81
    error_message = "known?"
  }
}
run "two_fail" {
  command = plan
  assert {
    condition     = var.port == 1
    error_message = "one"
  }
  assert {
    condition     = var.port == 2
    error_message = "two"
  }
}
run "bad_type" {
  command = plan
  variables { port = "many" }
}
run "skipped" {}
