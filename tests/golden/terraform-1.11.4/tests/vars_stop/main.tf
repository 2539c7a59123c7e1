variable "req" {}
variable "secret" {
  default   = "s"
  sensitive = true
}
variable "tmp" {
  default   = "e"
  ephemeral = true
}
variable "nn" {
  default  = "nn"
  nullable = false
}
variable "list" {
  type    = list(number)
  default = []
}
output "list" { value = var.list }
