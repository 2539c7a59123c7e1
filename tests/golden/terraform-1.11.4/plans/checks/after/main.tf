variable "port" {
  type    = number
  default = 80
  validation {
    condition     = var.port > 0
    error_message = "Positive."
  }
}
resource "terraform_data" "a" {
  input = var.port
  lifecycle {
    precondition {
      condition     = var.port < 1024
      error_message = "Low."
    }
    postcondition {
      condition     = self.output != 0
      error_message = "Zero."
    }
  }
}
resource "terraform_data" "many" {
  count = 2
  input = count.index
  lifecycle {
    postcondition {
      condition     = self.id != ""
      error_message = "No id."
    }
  }
}
check "passing" {
  assert {
    condition     = var.port == 80
    error_message = "Not eighty."
  }
}
check "failing" {
  assert {
    condition     = var.port == 81
    error_message = "Port is ${var.port}."
  }
  assert {
    condition     = var.port == 80
    error_message = "never"
  }
}
check "later" {
  assert {
    condition     = terraform_data.a.id != "x"
    error_message = "later"
  }
}
output "guarded" {
  value = var.port
  precondition {
    condition     = var.port != 22
    error_message = "ssh"
  }
}
