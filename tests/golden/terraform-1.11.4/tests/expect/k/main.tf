variable "m" {
  validation {
    condition     = var.m != 9
    error_message = "m is 9"
  }
}
resource "terraform_data" "in_module" {
  lifecycle {
    precondition {
      condition     = var.m != 10
      error_message = "m is 10"
    }
  }
}
