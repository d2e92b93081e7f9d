case "$*" in
  *" address show to "*)
    if [[ ! -e /record/no-address ]]; then
      printf '3: enp7s0    inet %s/32 brd 10.0.1.10 scope global dynamic enp7s0\n' "${!#}"
    fi
    ;;
  *" route get "*)
    echo '192.0.2.1 via 172.31.1.1 dev eth0 src 198.51.100.7 uid 0 \    cache '
    ;;
esac
