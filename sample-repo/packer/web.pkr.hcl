# The image that web hosts start from: what takes long is done once here, not on every new host.

packer {
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = "~> 1.3"
    }
  }
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

source "amazon-ebs" "web" {
  region        = var.region
  instance_type = "t3.small"
  ami_name      = "fernhill-web-${formatdate("YYYYMMDDhhmm", timestamp())}"
  ssh_username  = "admin"

  source_ami_filter {
    owners      = ["136693071363"]
    most_recent = true
    filters = {
      name = "debian-12-amd64-*"
    }
  }
}

build {
  sources = ["source.amazon-ebs.web"]

  provisioner "shell" {
    script = "scripts/base.sh"
  }
}
