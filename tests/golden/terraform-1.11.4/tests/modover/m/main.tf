variable "n" {
  validation {
    condition     = var.n != 3
    error_message = "three"
  }
}
resource "terraform_data" "r" { input = var.n }
output "o" { value = terraform_data.r.output }
output "p" {
  value = var.n
  precondition {
    condition     = var.n != 4
    error_message = "four"
  }
}
output "q" { value = var.n }
check "in_module" {
  assert {
    condition     = var.n != 5
    error_message = "five"
  }
}
