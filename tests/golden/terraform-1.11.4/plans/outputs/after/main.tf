output "same" { value = { a = [1, "x", null] } }
output "becomes_sensitive" {
  value     = 1
  sensitive = true
}
output "was_sensitive" {
  value     = "s"
}
output "to_null" { value = null }
output "null" { value = null }
output "new_null" { value = null }
