# shellcheck shell=bash
while read -r module; do
  modprobe "$module"
done </etc/modules-load.d/lvsgen.conf
