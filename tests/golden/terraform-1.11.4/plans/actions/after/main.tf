variable "name" {
  default = "green"
}
resource "terraform_data" "same" {
  input = "x"
}
resource "terraform_data" "updated" {
  input = { a = 2, b = [1, 2, 3] }
}
resource "terraform_data" "new" {
  input = "${var.name}-${terraform_data.updated.output.a}"
}
resource "terraform_data" "replaced" {
  input            = "r"
  triggers_replace = [var.name, 1]
}
resource "terraform_data" "first" {
  triggers_replace = var.name
  lifecycle {
    create_before_destroy = true
  }
}
resource "terraform_data" "below_first" {
  input = terraform_data.first.id
}
output "updated" {
  value = terraform_data.updated.output
}
output "name" {
  value = var.name
}
output "fresh" {
  value = terraform_data.new.id
}
