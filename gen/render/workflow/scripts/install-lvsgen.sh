#!/usr/bin/env bash
# Installs the version that rendered the repository: another one may render other files.
set -euo pipefail

version=$(sed -n 's/^lvsgen //p' lvsgen.lock)
if [[ ! $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
  echo "::error file=lvsgen.lock::the lock names no version of lvsgen, or two; run: lvsgen render"
  exit 1
fi
go install "github.com/lvs-cloud/lvsgen/cmd/lvsgen@v$version"
