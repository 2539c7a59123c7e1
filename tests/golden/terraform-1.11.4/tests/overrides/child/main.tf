variable "name" {
  validation {
    condition     = var.name != "bad"
    error_message = "bad"
  }
}
resource "terraform_data" "c" { input = var.name }
module "grand" { source = "./grand" }
output "id" { value = terraform_data.c.id }
output "out" { value = terraform_data.c.output }
output "grand" { value = module.grand.g }
