# Rules of the house about plans, for conftest and opa.
package main

import rego.v1

# Nobody opens ssh to the world.
deny contains message if {
	some change in input.resource_changes
	change.type == "aws_security_group"
	some rule in change.change.after.ingress
	rule.from_port <= 22
	rule.to_port >= 22
	"0.0.0.0/0" in rule.cidr_blocks
	message := sprintf("%s opens ssh to the world", [change.address])
}

# Disks are encrypted.
deny contains message if {
	some change in input.resource_changes
	change.type == "aws_instance"
	some disk in change.change.after.root_block_device
	not disk.encrypted
	message := sprintf("%s has a disk that is not encrypted", [change.address])
}
