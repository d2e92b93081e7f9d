if ! grep --quiet --line-regexp --fixed-strings -- "${!#}" /record/installed 2>/dev/null; then
  echo "dpkg-query: no packages found matching ${!#}" >&2
  exit 1
fi
printf installed
