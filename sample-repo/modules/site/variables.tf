variable "name" {
  description = "The name of the site: its directory and its place in addresses."
  type        = string
}

variable "title" {
  description = "What stands at the top of its front page."
  type        = string
}

variable "directory" {
  description = "Where its files go."
  type        = string
}

variable "body" {
  description = "The text of the front page, a paragraph an element."
  type        = list(string)
  default     = []
}

variable "port" {
  description = "The port that its web server listens on."
  type        = number
}

variable "upstream" {
  description = "The addresses of the hosts behind it."
  type        = list(string)
  default     = []
}
