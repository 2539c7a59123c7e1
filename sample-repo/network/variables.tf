variable "environment" {
  description = "Which environment this is: part of every name, so that two of them never collide."
  type        = string
  default     = "dev"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}$", var.environment))
    error_message = "An environment is 2 to 16 lower-case letters, digits and dashes, beginning with a letter."
  }
}

variable "network" {
  description = "The range that everything is planned in. Every subnet below is cut out of it by arithmetic."
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrhost(var.network, 1))
    error_message = "The network must be a CIDR range such as 10.40.0.0/16."
  }
  validation {
    condition     = try(tonumber(split("/", var.network)[1]) <= 20, false)
    error_message = "The network must be a /20 or larger, or the zones do not fit."
  }
}

# An object with optional attributes: callers say only what is special about a zone.
variable "zones" {
  description = "The zones of the network. The order of `index` is forever: changing one moves its addresses."
  type = map(object({
    index  = number
    public = optional(bool, false)
    hosts  = optional(number, 2)
  }))
  default = {
    edge = { index = 0, public = true }
    web  = { index = 1, hosts = 3 }
    data = { index = 2 }
  }

  validation {
    condition     = length(distinct([for zone in var.zones : zone.index])) == length(var.zones)
    error_message = "Two zones cannot have the same index: they would get the same addresses."
  }
}
