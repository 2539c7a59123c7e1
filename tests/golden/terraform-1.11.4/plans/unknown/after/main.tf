resource "terraform_data" "a" {
  input = "a"
}
resource "terraform_data" "b" {
  input = { id = terraform_data.a.id, list = [terraform_data.a.id, "x"], upper = upper(terraform_data.a.output) }
}
locals {
  ids = [for i in range(2) : "${i}-${terraform_data.a.id}"]
}
resource "terraform_data" "c" {
  count            = 2
  input            = local.ids[count.index]
  triggers_replace = timestamp()
}
output "c" { value = terraform_data.c[*].id }
output "known" { value = length(local.ids) }
output "null" { value = null }
output "cond" { value = terraform_data.a.id == null ? "none" : "some" }
