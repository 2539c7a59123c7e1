resource "terraform_data" "a" {
  input            = 1
  triggers_replace = 1
}
locals { x = 1 }
output "o" { value = local.x }
