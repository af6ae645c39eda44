# shellcheck shell=bash
# What `archive doctor onprem` reads on a host: a line for each fact, its kind first. Changes nothing, and fails nowhere: what
# is not there is not told.

PKI=/etc/kubernetes/pki

uid() { printf 'uid %s\n' "$(id -u)"; }

addresses() {
    ip -4 -oneline address show | while read -r _ interface _ address _; do
        printf 'address %s %s\n' "${address%/*}" "$interface"
    done
}

etcd() { curl --silent --max-time 3 --cacert "$PKI/etcd/ca.crt" --cert "$PKI/etcd/server.crt" --key "$PKI/etcd/server.key" "$@"; }

etcd_state() {
    [ -e "$PKI/etcd/server.crt" ] || return
    printf 'etcd-health %s\n' "$(etcd https://127.0.0.1:2379/health)"
    printf 'etcd-members %s\n' "$(etcd --request POST --data '{}' https://127.0.0.1:2379/v3/cluster/member/list)"
}

# Certificates are public, the keys beside some of them are not: nothing but the certificates is read.
certificates() {
    local file data
    for file in "$PKI"/*.crt "$PKI"/etcd/*.crt /var/lib/kubelet/pki/*-current.pem; do
        [ ! -e "$file" ] || printf 'certificate %s %s\n' "$file" "$(sed -n '/BEGIN CERT/,/END CERT/p' "$file" | base64 --wrap=0)"
    done
    for file in /etc/kubernetes/*.conf; do
        [ -e "$file" ] || continue
        data=$(sed -n 's/^ *client-certificate-data: *//p' "$file")
        [ -z "$data" ] || printf 'certificate %s %s\n' "$file" "$data"
    done
}

snapshots() {
    local last=/var/lib/archive/snapshots/last.json
    [ -e "$PKI/etcd/server.crt" ] || return
    printf 'snapshot-timer %s\n' "$(systemctl is-active archive-snapshot.timer)"
    [ ! -e "$last" ] || printf 'snapshot %s\n' "$(tr '\n' ' ' < "$last")"
}

uid
addresses
etcd_state
certificates
snapshots
exit 0
