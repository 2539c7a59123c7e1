variable "object" {
  type = object({
    name = string
    size = optional(number, 3)
    tags = optional(map(string), {})
    deep = optional(object({ x = optional(string, "dx") }), {})
  })
}
variable "list" { type = list(string) }
variable "any" { default = { a = 1 } }
variable "auto" {}
variable "nul" {
  type    = string
  default = null
}
variable "notnull" {
  type     = string
  default  = "fallback"
  nullable = false
}
resource "terraform_data" "v" {
  input = [var.object, var.list, var.any, var.auto, var.nul, var.notnull]
}
output "object" { value = var.object }
output "any" { value = var.any }
