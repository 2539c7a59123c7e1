variable "t" { default = 1 }
resource "terraform_data" "t" {
  input            = "x"
  triggers_replace = var.t
}
output "id" { value = terraform_data.t.id }
