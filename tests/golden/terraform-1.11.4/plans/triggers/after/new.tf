resource "terraform_data" "new_with_trigger" {
  lifecycle { replace_triggered_by = [terraform_data.source] }
}
