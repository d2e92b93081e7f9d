# Time passes only here: what comes late comes now.
if [[ -e /record/late ]]; then
  left=$(($(</record/late) - 1))
  echo "$left" >/record/late
  if ((left == 0)); then
    mv /dev/disk/by-id.late /dev/disk/by-id
  fi
fi
