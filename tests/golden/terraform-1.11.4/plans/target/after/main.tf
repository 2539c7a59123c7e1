resource "terraform_data" "a" { input = 1 }
resource "terraform_data" "b" { input = terraform_data.a.output }
resource "terraform_data" "c" { input = terraform_data.b.output }
resource "terraform_data" "many" {
  count = 3
  input = count.index
}
output "a" { value = terraform_data.a.output }
output "c" { value = terraform_data.c.output }
