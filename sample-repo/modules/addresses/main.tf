# Counts the addresses of one range. No resources: a module may be nothing but arithmetic with a name.

variable "range" {
  description = "The CIDR range to count in."
  type        = string
}

variable "hosts" {
  description = "How many hosts to plan addresses for."
  type        = number
  default     = 2
}

locals {
  # The first ten addresses are kept for gateways and other fixed things.
  first_host = 10
}

output "range" {
  description = "The range itself."
  value       = var.range
}

output "gateway" {
  description = "The first address of the range."
  value       = cidrhost(var.range, 1)
}

output "hosts" {
  description = "The addresses of the hosts, in order."
  value       = [for number in range(var.hosts) : cidrhost(var.range, local.first_host + number)]
}

output "capacity" {
  description = "How many hosts the range has room for."
  value       = pow(2, 32 - tonumber(split("/", var.range)[1])) - local.first_host - 1
}
