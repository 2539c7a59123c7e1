variable "name" { default = "m" }
resource "terraform_data" "a" {
  input = var.name
  provisioner "local-exec" {
    when    = destroy
    command = "echo destroyed ${self.input} >> /dev/null"
  }
}
output "name" { value = terraform_data.a.output }
