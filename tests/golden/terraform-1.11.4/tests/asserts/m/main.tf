variable "w" { default = 1 }
output "o" { value = 2 }
