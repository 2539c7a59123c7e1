run "order" {
  command = plan
  assert {
    condition     = terraform_data.a["x"].id == "2"
    error_message = "a"
  }
  assert {
    condition     = var.v == 2
    error_message = "b"
  }
}
