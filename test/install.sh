#!/bin/sh
# Installs what the tests call besides Go: git. (The tests of the demo app install their own: see its test/run.sh.)
set -eu

if command -v git >/dev/null; then
  exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends git >/dev/null
  exit 0
fi
echo "error: git is missing" >&2
echo "hint: install it with the system's package manager" >&2
exit 1
