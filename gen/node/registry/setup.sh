# shellcheck shell=bash
# shellcheck source=/dev/null
. /etc/lvsgen/registry.env

# install_release NAME VERSION URL SUM LIST: downloads a release's archive and installs the program in it. SUM is the
# archive's checksum, SHA-256 or SHA-512 by its length; empty, the list of checksums of the same release has it.
install_release() {
  local name=$1 version=$2 url=$3 sum=$4 list=$5
  local mark=/usr/local/lib/lvsgen/$name-release
  if [[ -x /usr/local/bin/$name && -e $mark && $(<"$mark") == "$version $sum" ]]; then
    return 0
  fi
  local work
  work=$(mktemp --directory)
  fetch "$url" "$work/archive"
  if [[ -z $sum ]]; then
    fetch "$list" "$work/list"
    sum=$(awk -v file="${url##*/}" '$2 == file {print $1}' "$work/list")
  fi
  local program=sha512sum
  if ((${#sum} == 64)); then
    program=sha256sum
  fi
  if ! printf '%s  %s\n' "$sum" "$work/archive" | "$program" --check --status; then
    echo "$name $version: the archive has not the checksum \"$sum\"" >&2
    rm --recursive "$work"
    return 1
  fi
  tar --extract --gzip --file="$work/archive" --directory="$work" --no-same-owner "$name"
  install --mode=0755 "$work/$name" "/usr/local/bin/$name.new"
  mv "/usr/local/bin/$name.new" "/usr/local/bin/$name"
  install --directory --mode=0755 "${mark%/*}"
  echo "$version $4" >"$mark"
  rm --recursive "$work"
}

fetch() {
  curl --fail --silent --show-error --location --proto '=https' --retry 5 --retry-all-errors --output "$2" "$1"
}

systemd-sysusers /etc/sysusers.d/lvsgen-registry.conf
install_release registry "$REGISTRY_VERSION" "$REGISTRY_URL" "$REGISTRY_SUM" ""
install_release caddy "$CADDY_VERSION" "$CADDY_URL" "$CADDY_SUM" "$CADDY_LIST"

# On a volume that another server used, the files belong to the numbers that the users had there.
for user in registry caddy; do
  install --directory --mode=0750 "/srv/data/$user"
  find "/srv/data/$user" '(' -not -user "$user" -o -not -group "$user" ')' -exec chown --no-dereference "$user:$user" {} +
done
# Caddy's group reads the file of users in it.
chown root:caddy /etc/caddy
chmod 0750 /etc/caddy
