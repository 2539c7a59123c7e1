resource "terraform_data" "a" { input = 1 }
variable "v" { default = 1 }
