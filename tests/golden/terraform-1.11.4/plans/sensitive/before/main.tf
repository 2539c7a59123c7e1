variable "secret" {
  default   = "old"
  sensitive = true
}
resource "terraform_data" "s" {
  input = { user = "u", password = var.secret }
}
resource "terraform_data" "plain" {
  input = "p"
}
output "secret" {
  value     = var.secret
  sensitive = true
}
