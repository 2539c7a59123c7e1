resource "terraform_data" "a" { input = 2 }
locals { x = 2 }
