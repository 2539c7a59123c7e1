variable "environment" {
  description = "Which environment this is."
  type        = string
  default     = "dev"
}

variable "port" {
  description = "The port that the web server listens on."
  type        = number
  default     = 8080

  validation {
    condition     = var.port > 1024 && var.port < 65536
    error_message = "The port must be between 1025 and 65535: nothing here runs as root."
  }
}

variable "sites" {
  description = "The sites by name. A new one is a new entry, nothing else."
  type = map(object({
    title = string
    body  = optional(list(string), [])
  }))
  default = {
    blog = {
      title = "The Fernhill Blog"
      body  = ["What we read, and why you might want to."]
    }
    shop = {
      title = "The Fernhill Shop"
      body  = ["Books by post.", "Ask us for what you do not find."]
    }
  }
}
