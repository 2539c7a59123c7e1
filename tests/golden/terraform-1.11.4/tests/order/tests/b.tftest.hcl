run "unknown_in_plan" {
  command = plan
  assert {
    condition     = terraform_data.a.id == "x"
    error_message = "no"
  }
}
run "after_unknown" {
  command = plan
}
