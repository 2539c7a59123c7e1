run "message_unknown" {
  command = plan
  assert {
    condition     = var.v == 2
    error_message = "id is ${terraform_data.a["x"].id}"
  }
}
