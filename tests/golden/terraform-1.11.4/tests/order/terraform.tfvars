name = "from tfvars"
