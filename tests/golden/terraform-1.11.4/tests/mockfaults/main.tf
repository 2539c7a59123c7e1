resource "terraform_data" "a" { input = 1 }
data "terraform_remote_state" "d" {
  backend = "local"
  config  = { path = "x" }
}
import {
  to = terraform_data.i
  id = "x"
}
resource "terraform_data" "i" { input = 1 }
