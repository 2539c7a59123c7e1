resource "terraform_data" "a" {
  triggers_replace = 1
  lifecycle { prevent_destroy = true }
}
resource "terraform_data" "b" {
  count = 2
  lifecycle { prevent_destroy = true }
}
