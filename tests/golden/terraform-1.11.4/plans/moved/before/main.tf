resource "terraform_data" "old" {
  input = 1
}
resource "terraform_data" "lost" {
  input = 2
}
module "m" {
  source = "./m"
  name   = "one"
}
