variable "n" {
  default = 1
  validation {
    condition     = var.n > 0
    error_message = "n"
  }
}
variable "m" {
  default = 1
}
resource "terraform_data" "pre" {
  input = var.m
  lifecycle {
    precondition {
      condition     = var.m != 2
      error_message = "m is 2"
    }
    postcondition {
      condition     = self.output != 3
      error_message = "m is 3"
    }
  }
}
resource "terraform_data" "many" {
  for_each = toset(["a", "b"])
  input    = var.m
  lifecycle {
    precondition {
      condition     = var.m != 4 || each.key != "b"
      error_message = "m is 4 in ${each.key}"
    }
  }
}
data "terraform_remote_state" "d" {
  count   = var.m == 5 ? 1 : 0
  backend = "local"
  config  = { path = "${path.module}/x.tfstate" }
  lifecycle {
    precondition {
      condition     = var.m != 5
      error_message = "m is 5"
    }
  }
}
check "c" {
  assert {
    condition     = var.m != 6
    error_message = "m is 6"
  }
}
check "known_later" {
  assert {
    condition     = terraform_data.pre.output != 7
    error_message = "m is 7"
  }
}
module "k" {
  source = "./k"
  m      = var.m
}
output "o" {
  value = var.m
  precondition {
    condition     = var.m != 8
    error_message = "m is 8"
  }
}
