variable "v" { default = 1 }
locals { l = { a = 1 } }
resource "terraform_data" "a" {
  for_each = toset(["x", "y"])
  input = each.key
}
module "m" { source = "./m" }
output "o" { value = 1 }
