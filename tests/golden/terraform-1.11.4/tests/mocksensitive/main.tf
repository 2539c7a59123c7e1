variable "s" {
  default   = "secret"
  sensitive = true
}
resource "terraform_data" "a" { input = var.s }
resource "terraform_data" "t" {
  input            = "x"
  triggers_replace = var.s
}
output "a" {
  value     = terraform_data.a.output
  sensitive = true
}
