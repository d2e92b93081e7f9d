#!/bin/sh
# Installs what the tests with the build tag "postgres" call: a PostgreSQL server, rclone, BusyBox and shellcheck.
set -eu

missing=
for package in postgresql rclone busybox shellcheck; do
  dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "error: missing Debian packages:$missing" >&2
  echo "hint: run this script as root once, or apt-get install them" >&2
  exit 1
fi
apt-get update -qq
# shellcheck disable=SC2086 # one word a package
DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends $missing >/dev/null
