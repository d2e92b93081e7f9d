#!/bin/sh
# Installs what the tests of the node's user data call: cloud-init, which is not started, and what judges and stands for the
# programs of a node.
set -eu

missing=
for package in cloud-init shellcheck systemd util-linux e2fsprogs iproute2 nftables jq curl openssh-client procps kmod; do
  dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "error: missing Debian packages:$missing" >&2
  echo "hint: run this script as root once, or apt-get install them" >&2
  exit 1
fi
# Where cloud-init is new, this machine is nobody's cloud server: at the next start it must not look for user data.
mkdir -p /etc/cloud
[ -e /etc/cloud/cloud.cfg ] || touch /etc/cloud/cloud-init.disabled
apt-get update -qq
# shellcheck disable=SC2086 # one word a package
DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends $missing >/dev/null
