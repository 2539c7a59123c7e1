run "undeclared" {
  providers = { terraform = terraform.nope }
}
