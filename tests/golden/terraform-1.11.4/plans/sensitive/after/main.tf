variable "secret" {
  default   = "new"
  sensitive = true
}
resource "terraform_data" "s" {
  input = { user = "u", password = var.secret, list = [1, var.secret] }
}
resource "terraform_data" "plain" {
  input = sensitive("p")
}
resource "terraform_data" "of" {
  input = terraform_data.s.output.user
}
output "secret" {
  value     = var.secret
  sensitive = true
}
output "whole" {
  value     = terraform_data.s.input
  sensitive = true
}
