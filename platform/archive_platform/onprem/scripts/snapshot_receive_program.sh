# shellcheck shell=bash
# /usr/local/lib/archive/receive SOURCE KEEP: what the key of another host's snapshots may do here, and all it may do.
#
#   list                                  the names of whole snapshots of that host
#   store NAME SHA256 BYTES CLUSTER < it  keeps a snapshot, and the newest KEEP
#
# It runs as the account archive-snapshots, started by sshd for the key of SOURCE (see authorized_keys).

# shellcheck disable=SC2034  # for snapshot_folder.sh; main goes there
FOLDER=.

main() {
    local source=$1 count=$2 verb name digest bytes cluster more
    umask 077
    cd "/var/lib/archive/received/$source" || fail "this host keeps no snapshots of $source: run pulumi up"
    read -r verb name digest bytes cluster more <<< "${SSH_ORIGINAL_COMMAND:-}" || true
    case $verb in
        list) [ -z "$name" ] || fail "list takes no arguments" ;;
        store) [[ $name =~ ^[0-9]{8}T[0-9]{6}Z-"$source"-v[0-9]+\.[0-9]+\.[0-9]+(-[a-z0-9-]{1,40})?\.db$ &&
            $digest =~ ^[0-9a-f]{64}$ && $bytes =~ ^[0-9]{1,12}$ && $cluster =~ ^[0-9a-f]{12}$ && -z $more ]] ||
            fail "this is no snapshot of $source: $verb $name $digest $bytes $cluster $more" ;;
        *) fail "say list or store, not: $verb" ;;
    esac
    if [ "$verb" = list ]; then
        complete
        return
    fi
    exec 8> .lock
    flock --wait 600 8 || fail "another snapshot of $source is still being received"
    store "$name" "$digest" "$bytes" "$cluster"
    prune "$count"
}

fail() {
    printf 'receive: %s\n' "$*" >&2
    exit 1
}

store() {
    local name=$1 digest=$2 bytes=$3 cluster=$4 free
    rm -f .new*
    free=$(free_bytes)
    [ "$free" -ge $((bytes + SPARE)) ] || fail "only $((free >> 20)) MiB are free in $PWD: make room, or lower archive:snapshots.keep"
    head -c "$bytes" > .new.db
    [ "$(sha256sum < .new.db)" = "$digest  -" ] || fail "$name did not arrive whole"
    keep "$name" "$digest" "$cluster"
}
