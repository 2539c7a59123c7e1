# What other stacks may know. `web` reads these from the state of this stack.
output "prefix" {
  description = "The beginning of every name in this environment."
  value       = local.prefix
}

output "ranges" {
  description = "The range of each zone."
  value       = { for name, zone in module.addresses : name => zone.range }
}

output "hosts" {
  description = "The addresses planned for the hosts of each zone, in order."
  value       = { for name, zone in module.addresses : name => zone.hosts }
}

output "public_zones" {
  description = "The zones that the internet can reach."
  value       = sort([for name, zone in var.zones : name if zone.public])
}
