mock_provider "terraform" {
  mock_resource "terraform_data" {
    defaults = { id = "first" }
  }
}
mock_provider "terraform" {
  alias = "second"
  mock_resource "terraform_data" {
    defaults = { id = "second" }
  }
  override_resource {
    target = module.c.terraform_data.c
    values = { id = "third" }
  }
}
run "both" {
  assert {
    condition     = join(",", output.ids) == "first,second,third"
    error_message = "it is ${join(",", output.ids)}"
  }
}
run "swapped" {
  state_key = "s"
  providers = {
    terraform        = terraform.second
    terraform.second = terraform
  }
  assert {
    condition     = join(",", output.ids) == "second,first,first"
    error_message = "it is ${join(",", output.ids)}"
  }
}
run "one_only" {
  state_key = "t"
  providers = {
    terraform = terraform.second
  }
  assert {
    condition     = join(",", output.ids) == ""
    error_message = "it is ${join(",", output.ids)}"
  }
}
