variable "environment" {
  description = "Which environment this is."
  type        = string
  default     = "dev"
}

variable "region" {
  description = "Where the machines are."
  type        = string
  default     = "eu-central-1"
}

variable "instance_type" {
  description = "How large a web host is."
  type        = string
  default     = "t3.small"
}

variable "web_hosts" {
  description = "How many web hosts there are."
  type        = number
  default     = 2
}

# No description: lint explains why one helps.
variable "data_disks" {
  type    = map(number)
  default = { f = 50 }
}
