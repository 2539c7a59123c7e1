#!/bin/sh
# What every web host has before it has a role.
set -eu
apt-get update
apt-get install -y --no-install-recommends nginx ca-certificates
