# The web sites, rendered into files that a server serves as they are.

# What `network` decided is read from its state: the two stacks are applied apart and never by guesswork.
data "terraform_remote_state" "network" {
  backend = "local"
  config = {
    path = "${path.module}/../network/terraform.tfstate"
  }
}

locals {
  public = "${path.module}/public"
  hosts  = data.terraform_remote_state.network.outputs.hosts["web"]
}

module "site" {
  source   = "../modules/site"
  for_each = var.sites

  name      = each.key
  title     = each.value.title
  body      = each.value.body
  directory = "${local.public}/${each.key}"
  port      = var.port
  upstream  = local.hosts
}

resource "local_file" "front" {
  filename        = "${local.public}/index.html"
  file_permission = "0644"
  content = templatefile("${path.module}/templates/front.html.tftpl", {
    environment = var.environment
    sites       = { for name, site in var.sites : name => site.title }
  })
}

# What a monitor needs to know to sign in. Sensitive values are masked wherever Kilter shows them.
resource "random_password" "monitor" {
  length  = 24
  special = false
}

resource "local_sensitive_file" "monitor" {
  filename        = "${path.module}/monitor.token"
  file_permission = "0600"
  content         = random_password.monitor.result
}
