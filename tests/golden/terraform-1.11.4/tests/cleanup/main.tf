variable "fail" { default = false }
resource "terraform_data" "a" {
  input = "a"
  provisioner "local-exec" {
    when    = destroy
    command = "echo destroyed a >> /dev/null"
  }
}
resource "terraform_data" "b" {
  input = [terraform_data.a.id, var.fail]
  provisioner "local-exec" {
    when    = destroy
    command = self.input[1] ? "exit 3" : "echo destroyed b >> /dev/null"
  }
}
