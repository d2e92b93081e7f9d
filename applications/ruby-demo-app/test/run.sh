#!/usr/bin/env bash
# Runs all tests with Debian's packages against a PostgreSQL server of its own,
# which lives in a temporary directory and listens on a Unix socket there only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v dpkg-query >/dev/null; then
  echo "SKIPPED: the tests of ruby-demo-app need Debian's packages"
  exit 0
fi

packages=(ruby ruby-rack ruby-rack-test puma ruby-pg ruby-minitest postgresql)

missing=()
for package in "${packages[@]}"; do
  [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)" == installed ]] ||
    missing+=("$package")
done
if ((${#missing[@]})); then
  if ((EUID != 0)); then
    echo "error: missing Debian packages: ${missing[*]}" >&2
    echo "hint: run this script as root once, or apt-get install them" >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# PostgreSQL refuses to run as root.
unprivileged=()
if ((EUID == 0)); then
  unprivileged=(setpriv --reuid=postgres --regid=postgres --init-groups --)
fi

# Not under TMPDIR: the path of a Unix socket has at most 107 bytes.
directory=$(mktemp --directory /tmp/ruby-demo-app.XXXXXX)

# The password needs percent-encoding in a URL, as a generated one may.
printf '%s\n' 'p@ss/w:rd%' >"$directory/password"
if ((EUID == 0)); then
  chown --recursive postgres:postgres "$directory"
fi

binaries=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort | tail --lines=1)

postgres() {
  (cd "$directory" && "${unprivileged[@]}" env LC_ALL=C.UTF-8 "$binaries/$1" "${@:2}")
}

cleanup() {
  if [[ -e $directory/data/postmaster.pid ]]; then
    postgres pg_ctl stop --silent --pgdata="$directory/data" --mode=immediate
  fi
  rm -rf "$directory"
}
trap cleanup EXIT

postgres initdb --pgdata="$directory/data" --username=app --auth=scram-sha-256 --no-sync --no-instructions \
  --pwfile="$directory/password" >/dev/null
postgres pg_ctl start --silent --wait --pgdata="$directory/data" --log="$directory/log" \
  --options="-k $directory -c listen_addresses= -c fsync=off"

export TEST_DATABASE_URL="postgresql://app:p%40ss%2Fw%3Ard%25@${directory//\//%2F}/postgres"
# A hang shall be a failure.
timeout 300 ruby -w -e 'Dir["test/*_test.rb"].sort.each { |file| require File.expand_path(file) }'
