variable "name" { default = "setup" }
variable "extra" { default = "e" }
resource "terraform_data" "s" { input = "${var.name}-${var.extra}" }
output "made" { value = terraform_data.s.output }
output "id" { value = terraform_data.s.id }
