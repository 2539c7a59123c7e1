variable "s" {
  default   = "s"
  sensitive = true
}
output "same" { value = { a = [1, "x", null] } }
output "becomes_sensitive" { value = 1 }
output "was_sensitive" {
  value     = var.s
  sensitive = true
}
output "to_null" { value = 1 }
output "null" { value = null }
