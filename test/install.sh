#!/bin/sh
# Installs what the tests call besides Go: git, what the scripts of the workflows are checked by and call,
# kubectl, and what reads XML schemas. (The
# tests of the demo app install their own: see its test/run.sh.)
set -eu

missing=
for program in git shellcheck jq; do
  command -v "$program" >/dev/null || missing="$missing $program"
done
command -v kubectl >/dev/null || missing="$missing kubernetes-client"
command -v xmllint >/dev/null || missing="$missing libxml2-utils"
if [ -z "$missing" ]; then
  exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of packages
  DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends $missing >/dev/null
  exit 0
fi
echo "error: missing:$missing" >&2
echo "hint: install them with the system's package manager" >&2
exit 1
