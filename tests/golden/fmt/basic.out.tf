resource "a" "b" {
  a    = 1
  bb   = 2         # one
  ccc  = 3         # two
  dddd = [1, 2, 3] // three

  e = 5
  nested {
    x  = 1
    yy = 2
  }
}
resource "a" "b" {}
resource "a" "b" {
}
variable "x" {
  type    = string
  default = local.y
}
variable "l" {
  type = list(any)
}
variable "l2" {
  type = list(string)
}
variable "m" {
  type = map(string)
}
variable "s" { type = set(any) }
variable "o" {
  type = object({ a = string, b = optional(list(string), []) })
}
variable "o2" {
  type = object({
    a     = string
    bbbbb = number # x
    c     = optional(bool, true)
  })
}
output "t" {
  type  = "string"
  value = foo
}
locals { a = 1 }
locals {}
locals {

}
