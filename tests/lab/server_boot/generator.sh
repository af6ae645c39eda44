#!/bin/sh
# Podman's generator as Ubuntu 24.04 has it, for Debian 12's older Podman, on cgroup v1. What differs in its units:
# - cgroups are split on v2 alone;
# - Podman 4.3 has no `network create --ignore`;
# - and its `rm --cidfile` leaves the file, with which no other container starts.
set -e
/usr/local/libexec/quadlet "$@"
for unit in "$1"/archive*.service; do
    [ ! -e "$unit" ] || sed -i \
        -e 's/ --cgroups=split / --cgroups=no-conmon /' \
        -e 's/^ExecStart=\(\S* network\) create --ignore \(\S*\)$/ExecStart=sh -c "\1 exists \2 || \1 create \2"/' \
        -e '/^ExecStopPost=/a ExecStopPost=-rm -f %t/%N.cid' \
        "$unit"
done
