#!/bin/sh
# Installs what the registry's scripts and their tests call.
set -eu

missing=
for program in jq shellcheck systemd-analyze; do
  command -v "$program" >/dev/null || missing="$missing $program"
done
if [ -z "$missing" ]; then
  exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends jq shellcheck systemd >/dev/null
  exit 0
fi
echo "error: missing:$missing" >&2
echo "hint: install them with the system's package manager" >&2
exit 1
