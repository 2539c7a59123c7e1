# The address plan. Nothing here is typed in twice: ranges are cut with `cidrsubnet`, addresses counted with `cidrhost`.

locals {
  # Names are made in one place, so that they can be changed in one place.
  prefix = "fernhill-${var.environment}"

  # Kept for the day when the office moves. Lint asks what it is for, and it is right to.
  office = "192.0.2.0/28"
}

module "addresses" {
  source   = "../modules/addresses"
  for_each = var.zones

  range = cidrsubnet(var.network, 4, each.value.index)
  hosts = each.value.hosts
}

# `terraform_data` is a resource without a cloud: it keeps a value in the state. Here it stands for the subnet that a
# real provider would make, and shows a replacement when the range changes.
resource "terraform_data" "subnet" {
  for_each = var.zones

  input = {
    name    = "${local.prefix}-${each.key}"
    range   = module.addresses[each.key].range
    gateway = module.addresses[each.key].gateway
    public  = each.value.public
  }
  triggers_replace = [module.addresses[each.key].range]

  lifecycle {
    precondition {
      condition     = !each.value.public || each.key == "edge"
      error_message = "Only the zone `edge` may be public."
    }
  }
}

# The zone `data` used to be called `database`. A `moved` block renames it in the state instead of destroying it.
moved {
  from = terraform_data.subnet["database"]
  to   = terraform_data.subnet["data"]
}

# A check block states what must be true of the whole. It warns, it does not stop: for a stop use a precondition.
check "enough_room" {
  assert {
    condition     = alltrue([for zone in module.addresses : zone.capacity >= 16])
    error_message = "A zone has room for fewer than 16 hosts; plan a larger network."
  }
}
