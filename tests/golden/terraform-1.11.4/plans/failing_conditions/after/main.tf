variable "port" {
  default = 0
  validation {
    condition     = var.port > 0
    error_message = "Port must be positive, not ${var.port}."
  }
}
variable "host" { default = "h" }
resource "terraform_data" "pre" {
  input = 1
  lifecycle {
    precondition {
      condition     = var.host == "x"
      error_message = "Host is ${var.host}."
    }
  }
}
resource "terraform_data" "post" {
  input = 1
  lifecycle {
    postcondition {
      condition     = self.input == 2
      error_message = "Input is ${self.input}."
    }
  }
}
resource "terraform_data" "after_pre" { input = terraform_data.pre.id }
output "guarded" {
  value = 1
  precondition {
    condition     = var.host == "y"
    error_message = "Output."
  }
}
