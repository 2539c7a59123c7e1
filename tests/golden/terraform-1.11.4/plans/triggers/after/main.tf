resource "terraform_data" "source" { input = 2 }
resource "terraform_data" "steady" { input = 1 }
resource "terraform_data" "by_whole" {
  lifecycle { replace_triggered_by = [terraform_data.source] }
}
resource "terraform_data" "by_attribute" {
  lifecycle { replace_triggered_by = [terraform_data.source.input] }
}
resource "terraform_data" "by_steady" {
  lifecycle { replace_triggered_by = [terraform_data.steady] }
}
resource "terraform_data" "ignoring" {
  input            = 2
  triggers_replace = 1
  lifecycle { ignore_changes = [input] }
}
resource "terraform_data" "ignoring_all" {
  input = 2
  lifecycle { ignore_changes = all }
}
resource "terraform_data" "ignoring_key" {
  input = { a = 2, b = 2 }
  lifecycle { ignore_changes = [input.a] }
}
