# shellcheck shell=bash
# shellcheck source=/dev/null
. /etc/lvsgen/k3s.env

newer() {
  dpkg --compare-versions "${1#v}" gt "${2#v}"
}

# k3s does not start on data of a newer version: the upgrades that the cluster made are kept.
wanted=$K3S_VERSION
recorded=/srv/data/node/k3s-version
if [[ -e $recorded ]]; then
  last=$(head --bytes=100 "$recorded")
  if [[ ! $last =~ ^v[0-9]+\.[0-9]+\.[0-9]+\+k3s[0-9]+$ ]]; then
    echo "$recorded does not name a version of k3s: \"$last\"" >&2
    exit 1
  fi
  if newer "$last" "$wanted"; then
    echo "the volume was last used by k3s $last: installing it instead of $wanted"
    wanted=$last
  fi
fi

if [[ -x /usr/local/bin/k3s && -e /etc/systemd/system/k3s.service ]]; then
  installed=$(/usr/local/bin/k3s --version | awk 'NR == 1 {print $3}')
  if ! newer "$wanted" "$installed"; then
    exit 0
  fi
fi

# The installer of the same release; it checks the binary against the release's checksums.
installer=/usr/local/lib/lvsgen/k3s-install.sh
curl --fail --silent --show-error --location --retry 5 --retry-all-errors --output "$installer.new" \
  "$K3S_INSTALLER/${wanted/+/%2B}/install.sh"
mv "$installer.new" "$installer"
# A variable before "curl | sh" would be curl's.
export INSTALL_K3S_VERSION=$wanted
export INSTALL_K3S_EXEC=server
export INSTALL_K3S_SKIP_START=true
sh "$installer"
