variable "in" { default = 1 }
resource "terraform_data" "a" {
  input = var.in
  lifecycle {
    precondition {
      condition     = var.in != 3
      error_message = "three"
    }
  }
}
output "out" { value = terraform_data.a.output }
