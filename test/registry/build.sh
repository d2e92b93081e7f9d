#!/bin/sh
# Installs the registry and Caddy in the versions of gen/node/registry, each with exactly the dependencies of its own
# release, once per version, and prints the folder that holds both. A cold build takes about five minutes on two cores.
#
# Cache: ${XDG_CACHE_HOME:-$HOME/.cache}/lvsgen/registry-<versions>
set -eu

cd "$(dirname "$0")"

say() { echo "registry: $*" >&2; }

version() {
	sed -n "s/^.*$1 *= \"\(.*\)\"\$/\1/p" ../../gen/node/registry/registry.go
}
registry=$(version registryVersion)
caddy=$(version caddyVersion)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/lvsgen"
folder="$cache/registry-$registry-caddy-$caddy-$(go env GOVERSION)"

if [ -x "$folder/registry" ] && [ -x "$folder/caddy" ]; then
	echo "$folder"
	exit 0
fi
mkdir -p "$cache"
tmp=$(mktemp -d "$cache/.registry-XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
started=$(date +%s)
say "building registry $registry and Caddy $caddy, about 5 minutes when nothing is cached"
export CGO_ENABLED=0 GOWORK=off GOFLAGS=-trimpath GOBIN="$tmp"
nice -n 5 go install "github.com/distribution/distribution/v3/cmd/registry@v$registry" >&2
nice -n 5 go install "github.com/caddyserver/caddy/v2/cmd/caddy@v$caddy" >&2
chmod 755 "$tmp"
# Another run may have been faster: its folder stays.
[ -x "$folder/caddy" ] || mv "$tmp" "$folder"
say "built in $(($(date +%s) - started)) s"
echo "$folder"
