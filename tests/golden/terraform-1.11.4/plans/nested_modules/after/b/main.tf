variable "name" { default = "d" }
resource "terraform_data" "x" { input = "${basename(path.module)}/${var.name}" }
output "out" { value = { known = terraform_data.x.input, id = terraform_data.x.id } }
