variable "must" {}
resource "terraform_data" "a" { input = var.must }
