terraform {
  required_version = ">= 1.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
  backend "s3" {
  }
}



provider "aws" {
  region = "x"
}
module "m" {
  source   = "./m"
  for_each = { for k, v in var.x : k => v if v.enabled }
  providers = {
    aws       = aws.x
    aws.other = aws.y
  }
  depends_on = [a.b,
  c.d]
}
resource "x" "y" {
  dynamic "setting" {
    for_each = var.s
    content {
      name  = setting.value["n"]
      value = setting.value.v
    }
  }
  lifecycle { ignore_changes = [tags, a[0].b] }
  lifecycle {
    create_before_destroy = true
    precondition {
      condition     = length(var.x) > 0 && var.y != null
      error_message = "bad: ${var.x}"
    }
  }
  count = var.n
  name  = "${var.a}-${var.b}"
  tags  = merge(var.a, map("b", "c"))
  provisioner "local-exec" {
    command = "echo ${self.id}>x"
  }
}
check "c" {
  data "http" "x" { url = "http://x" }
}
