run "many" {
  assert {
    condition     = alltrue([for k, v in terraform_data.a : v.output == k])
    error_message = "for"
  }
  assert {
    condition     = local.l.a == 2
    error_message = "local is ${local.l.a}"
  }
  assert {
    condition     = module.m.o == 3
    error_message = "module is ${module.m.o}"
  }
  assert {
    condition     = output.o == 3
    error_message = "output is ${output.o}"
  }
  assert {
    condition     = path.module == "x"
    error_message = "path is ${path.module} ${path.root}"
  }
  assert {
    condition     = terraform.workspace == "x"
    error_message = "workspace is ${terraform.workspace}"
  }
  assert {
    condition     = fileexists("${path.module}/main.tf") && strcontains(file("main.tf"), "nope")
    error_message = "file"
  }
  assert {
    condition     = "false" == "${var.v == 1}"
    error_message = "string"
  }
  assert {
    condition     = var.v == 1 ? "false" : "true"
    error_message = "string false"
  }
}
