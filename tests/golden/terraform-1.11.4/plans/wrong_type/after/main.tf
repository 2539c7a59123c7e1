variable "typed" { type = number }
variable "list" { type = list(object({ a = number })) }
resource "terraform_data" "a" { input = var.typed }
