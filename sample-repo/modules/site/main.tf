# One web site: a front page and the virtual host of the server before it.

terraform {
  required_version = ">= 1.5"

  required_providers {
    local = {
      source  = "hashicorp/local"
      version = "~> 2.5"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.6"
    }
  }
}

# A name for people to say on the phone. It stays as it is until the site itself is another one.
resource "random_pet" "codename" {
  length = 2
  keepers = {
    site = var.name
  }
}

resource "local_file" "page" {
  filename        = "${var.directory}/index.html"
  file_permission = "0644"
  content = templatefile("${path.module}/templates/index.html.tftpl", {
    title    = var.title
    codename = random_pet.codename.id
    body     = var.body
  })
}

resource "local_file" "vhost" {
  filename        = "${var.directory}/vhost.conf"
  file_permission = "0644"
  content = templatefile("${path.module}/templates/vhost.conf.tftpl", {
    name     = var.name
    port     = var.port
    upstream = var.upstream
  })
}
