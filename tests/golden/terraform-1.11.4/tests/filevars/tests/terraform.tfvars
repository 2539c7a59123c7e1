a = "from tests/terraform.tfvars"
