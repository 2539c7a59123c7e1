variable "name" {
  default = "blue"
}
resource "terraform_data" "same" {
  input = "x"
}
resource "terraform_data" "updated" {
  input = { a = 1, b = [1, 2] }
}
resource "terraform_data" "gone" {
  input = var.name
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
output "updated" {
  value = terraform_data.updated.output
}
output "name" {
  value = var.name
}
output "old" {
  value = 1
}
