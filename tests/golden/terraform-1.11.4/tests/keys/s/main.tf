variable "name" { default = "s" }
resource "terraform_data" "s" {
  input = var.name
  provisioner "local-exec" {
    when    = destroy
    command = "echo destroyed ${self.input} >> /dev/null"
  }
}
