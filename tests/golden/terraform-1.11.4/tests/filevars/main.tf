variable "a" { default = "a" }
variable "b" { default = "b" }
output "o" { value = "${var.a}${var.b}" }
