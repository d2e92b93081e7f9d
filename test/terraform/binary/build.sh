#!/bin/sh
# Prints the path of a terraform of at least 1.11: the one on PATH, or else one
# that is built from its Go module once per content of this folder. Progress
# goes to stderr. A cold build takes about six minutes on two cores.
#
# Cache: ${XDG_CACHE_HOME:-$HOME/.cache}/lvsgen/terraform-<hash>
set -eu

cd "$(dirname "$0")"

say() { echo "terraform: $*" >&2; }

# new_enough PROGRAM: its version is 1.11 or later.
new_enough() {
	"$1" version -json 2>/dev/null | tr -d ' \n' |
		grep -Eq '"terraform_version":"(1\.(1[1-9]|[2-9][0-9])|[2-9])\.'
}

if found=$(command -v terraform) && new_enough "$found"; then
	say "using $found"
	echo "$found"
	exit 0
fi

export CGO_ENABLED=0 GOWORK=off
cache="${XDG_CACHE_HOME:-$HOME/.cache}/lvsgen"
hash=$({
	go env GOVERSION GOOS GOARCH
	cat build.sh go.mod go.sum
} | sha256sum | cut -c 1-16)
binary="$cache/terraform-$hash"

if [ -x "$binary" ]; then
	say "using $binary"
	echo "$binary"
	exit 0
fi
mkdir -p "$cache"
say "building Terraform $(go list -m -f '{{.Version}}' github.com/hashicorp/terraform), about 6 minutes when nothing is cached"
tmp=$(mktemp "$cache/.terraform-XXXXXX")
trap 'rm -f "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
nice -n 5 go build -mod=readonly -trimpath -buildvcs=false -ldflags "-s -w" -o "$tmp" github.com/hashicorp/terraform >&2
chmod 755 "$tmp"
mv -f "$tmp" "$binary"
say "built $binary"
echo "$binary"
