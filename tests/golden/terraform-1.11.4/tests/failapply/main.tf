resource "terraform_data" "a" {
  input = "a"
  provisioner "local-exec" {
    command = "exit 7"
  }
}
resource "terraform_data" "b" { input = terraform_data.a.id }
