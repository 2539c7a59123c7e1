# The built-in provider `terraform` needs no installation, so this stack plans on any machine, also offline.
terraform {
  required_version = ">= 1.5"
}
