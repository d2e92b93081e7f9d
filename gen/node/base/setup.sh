# shellcheck shell=bash
if [[ ! -e /swapfile ]]; then
  rm -f /swapfile.new
  fallocate --length 2GiB /swapfile.new
  chmod 0600 /swapfile.new
  mkswap --quiet /swapfile.new
  mv /swapfile.new /swapfile
fi

sysctl --quiet --load=/etc/sysctl.d/60-lvsgen.conf

if [[ ! -d /var/log/journal ]]; then
  systemctl restart systemd-journald.service
fi

# What sshd makes of all its files together, not what one of them says.
settings=$(sshd -T)
for setting in "passwordauthentication no" "kbdinteractiveauthentication no"; do
  if ! grep --quiet --line-regexp --fixed-strings "$setting" <<<"$settings"; then
    echo "sshd does not have \"$setting\": see /etc/ssh/sshd_config and /etc/ssh/sshd_config.d" >&2
    exit 1
  fi
done
