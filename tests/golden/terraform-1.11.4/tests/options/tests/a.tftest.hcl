run "first" {}
run "replaces" {
  plan_options { replace = [terraform_data.a] }
  assert {
    condition     = output.ids.a != run.first.ids.a
    error_message = "not replaced"
  }
  assert {
    condition     = output.ids.c == run.first.ids.c
    error_message = "replaced"
  }
}
run "targets" {
  variables { in = 2 }
  plan_options { target = [terraform_data.c] }
  assert {
    condition     = terraform_data.c.input == 2
    error_message = "c is ${terraform_data.c.input}"
  }
}
run "refresh_only" {
  variables { in = 3 }
  plan_options { mode = refresh-only }
  assert {
    condition     = terraform_data.c.input == 2
    error_message = "changed"
  }
  assert {
    condition     = output.in == 3
    error_message = "in is ${output.in}"
  }
}
run "no_refresh" {
  command = plan
  plan_options { refresh = false }
  assert {
    condition     = terraform_data.c.input == 1
    error_message = "changed"
  }
}
run "normal" {
  command = plan
  plan_options { mode = normal }
}
