#!/bin/bash
# The gate before this control plane's API server. Made by Game Archive.
#
# Closed, it refuses connections from other hosts, and the load balancers take them to another control plane: an API server that
# starts, or is without its etcd, would answer them with errors or not at all. It opens by itself after ten minutes, whatever
# happens.
#
#   close SECONDS   new connections are refused at once, those that stand are cut after so long: what is being answered is answered
#   open            any number of times, as close
#   ready ADDRESS   whether the API server is ready
#   settle ADDRESS  waits, up to ten minutes, until it has been ready for ten seconds in a row: the kubelet may start it again soon
#                   after it started itself
set -euo pipefail

close() {
    refuse 'tcp flags & (fin | syn | rst | ack) == syn'
    sleep "$1"
    refuse ''
}

# refuse WHICH: packets of other hosts to the API server.
refuse() {
    nft --file - <<- RULES
		add table inet archive_gate
		delete table inet archive_gate
		table inet archive_gate {
		    set closed { type ipv4_addr; flags interval, timeout; elements = { 0.0.0.0/0 timeout 10m } }
		    chain input {
		        type filter hook input priority filter - 5;
		        iifname != "lo" tcp dport 6443 $1 ip saddr @closed reject with tcp reset
		    }
		}
	RULES
}

open() { nft delete table inet archive_gate 2> /dev/null || true; }

ready() { curl --silent --insecure --max-time 3 --fail --output /dev/null "https://$1:6443/readyz"; }

settle() {
    local in_a_row=0
    while [ "$SECONDS" -lt 600 ]; do
        in_a_row=$((in_a_row + 1))
        ready "$1" || in_a_row=0
        [ "$in_a_row" -lt 10 ] || return 0
        sleep 1
    done
    echo "the API server was not ready for ten seconds in a row within ten minutes" >&2
    return 1
}

case ${1-} in
    open) open ;;
    close) close "${2:?seconds}" ;;
    ready | settle) "$1" "${2:?the address of the API server}" ;;
    *)
        sed -n 's/^#   //p' "$0" >&2
        exit 64
        ;;
esac
