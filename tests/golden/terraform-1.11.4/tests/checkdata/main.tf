check "data" {
  data "terraform_remote_state" "d" {
    backend = "local"
    config  = { path = "nowhere" }
  }
  assert {
    condition     = data.terraform_remote_state.d.outputs != null
    error_message = "null"
  }
}
