# The same company on a cloud. Nobody here has its credentials, its state is out of reach, and the module is not
# downloaded: a preview still shows what an edit changes, compared with the last commit, and says what it cannot know.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }

  backend "s3" {
    bucket = "fernhill-terraform"
    key    = "cloud/terraform.tfstate"
    region = "eu-central-1"
  }
}

provider "aws" {
  region = var.region
}

data "aws_availability_zones" "here" {
  state = "available"
}

data "aws_ami" "base" {
  most_recent = true
  owners      = ["self"]

  filter {
    name   = "name"
    values = ["fernhill-web-*"]
  }
}

module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.8.1"

  name = "fernhill-${var.environment}"
  cidr = "10.40.0.0/16"
  azs  = data.aws_availability_zones.here.names
}

# How many there are only the data source can tell: one row in the preview, not an error.
resource "aws_ebs_volume" "spare" {
  for_each = toset(data.aws_availability_zones.here.names)

  availability_zone = each.key
  size              = 20
}

resource "aws_instance" "web" {
  count = var.web_hosts

  ami           = data.aws_ami.base.id
  instance_type = var.instance_type
  subnet_id     = module.vpc.private_subnets[count.index % 2]

  root_block_device {
    volume_size = 16
    encrypted   = true
  }

  dynamic "ebs_block_device" {
    for_each = var.data_disks
    content {
      device_name = "/dev/sd${ebs_block_device.key}"
      volume_size = ebs_block_device.value
    }
  }

  tags = {
    Name = "fernhill-${var.environment}-web-${count.index}"
    Role = "web"
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [ami]
  }
}

resource "aws_security_group" "web" {
  name   = "fernhill-${var.environment}-web"
  vpc_id = module.vpc.vpc_id

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
