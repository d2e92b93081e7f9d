# shellcheck shell=bash
/usr/local/sbin/lvsgen-volume
/usr/local/sbin/lvsgen-identity
