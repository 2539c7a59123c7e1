variable "y" { default = 1 }
