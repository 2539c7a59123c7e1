variable "name" { default = "t" }
resource "terraform_data" "t" {
  input = var.name
  provisioner "local-exec" {
    when    = destroy
    command = "echo destroyed ${self.input} >> /dev/null"
  }
}
