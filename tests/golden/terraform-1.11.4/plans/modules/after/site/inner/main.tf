variable "label" { type = string }
resource "terraform_data" "l" { input = "${path.module}:${var.label}" }
output "label" { value = terraform_data.l.output }
