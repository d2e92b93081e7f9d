#!/bin/sh
# Builds the control plane once per content of this folder and prints the
# binary's path on stdout, progress on stderr. A cold build takes about seven
# minutes on two cores and 3 GB of memory; after that it is a cache lookup.
#
# Cache: ${XDG_CACHE_HOME:-$HOME/.cache}/lvsgen/controlplane-<hash>
set -eu

cd "$(dirname "$0")"

say() { echo "controlplane: $*" >&2; }

export CGO_ENABLED=0 GOWORK=off
cache="${XDG_CACHE_HOME:-$HOME/.cache}/lvsgen"
hash=$({
	go env GOVERSION GOOS GOARCH
	for file in build.sh go.mod go.sum *.go; do
		echo "$file"
		cat "$file"
	done
} | sha256sum | cut -c 1-16)
binary="$cache/controlplane-$hash"

found() {
	[ -x "$binary" ] || return 1
	say "using $binary"
	echo "$binary"
}

if found; then
	exit 0
fi
mkdir -p "$cache"

# A second run waits for the first instead of building the same thing beside
# it. The rename below is what makes concurrent runs safe: without flock they
# are merely slower.
if command -v flock >/dev/null; then
	exec 9>"$binary.lock"
	if ! flock -n 9; then
		say "waiting for another build of $binary"
		flock 9
	fi
	if found; then
		exit 0
	fi
fi

version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
minor=${version#v*.}
minor=${minor%%.*}
stamp=k8s.io/component-base/version
started=$(date +%s)
say "building Kubernetes $version and etcd $(go list -m -f '{{.Version}}' go.etcd.io/etcd/server/v3), about 7 minutes when nothing is cached"

tmp=$(mktemp "$cache/.controlplane-XXXXXX")
trap 'rm -f "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
nice -n 5 go build -mod=readonly -trimpath -buildvcs=false -o "$tmp" -ldflags "-s -w \
	-X $stamp.gitVersion=$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=$minor \
	-X $stamp.gitTreeState=clean" . >&2
chmod 755 "$tmp"
mv -f "$tmp" "$binary"
say "built $binary in $(($(date +%s) - started)) s"
echo "$binary"
