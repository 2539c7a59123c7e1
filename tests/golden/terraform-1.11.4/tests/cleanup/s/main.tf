resource "terraform_data" "s" {
  provisioner "local-exec" {
    when    = destroy
    command = "echo destroyed s >> /dev/null"
  }
}
