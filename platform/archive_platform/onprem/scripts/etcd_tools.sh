# shellcheck shell=bash
# etcd's own tools: etcdctl, which asks a running etcd, and etcdutl, which works on files. No host has them; etcd's image does,
# as static programs. They are copied out of it once for each version, so that they are at hand when nothing runs any more.

: "${SNAPSHOTTER:?}"

ETCD_TOOLS=/usr/local/lib/archive/etcd
ETCD_MOUNT=/run/archive-etcd-image
ETCD_PKI=/etc/kubernetes/pki/etcd

# ensure_etcd_tools MANIFEST: those of the etcd that the static pod's manifest names. Sets ETCD_BIN, the folder they are in.
ensure_etcd_tools() {
    local image folder
    [ -e "$1" ] || fail "there is no ${1:-manifest of etcd}: is this host a control plane? Run pulumi up"
    image=$(sed -n 's/^ *image: *//p' "$1")
    [ -n "$image" ] || fail "$1 names no image of etcd: run pulumi up"
    folder=$ETCD_TOOLS/${image##*[:/]}
    if [ ! -x "$folder/etcdctl" ] || [ ! -x "$folder/etcdutl" ]; then
        copy_etcd_tools "$image" "$folder"
    fi
    ETCD_BIN=$folder
}

# Renamed into place when complete; those of other versions go then.
copy_etcd_tools() {
    local image=$1 folder=$2 each
    release_etcd_image
    install -d -m 0755 "$ETCD_TOOLS" "$ETCD_MOUNT"
    ctr --namespace k8s.io images mount --snapshotter "$SNAPSHOTTER" "$image" "$ETCD_MOUNT" > /dev/null ||
        fail "containerd has no image $image, which holds etcd's tools. Fetch it with: ctr -n k8s.io images pull $image"
    rm -rf "$folder.archive-new"
    install -d -m 0755 "$folder.archive-new"
    install -m 0755 "$ETCD_MOUNT/usr/local/bin/etcdctl" "$folder.archive-new"
    if [ -e "$ETCD_MOUNT/usr/local/bin/etcdutl" ]; then
        install -m 0755 "$ETCD_MOUNT/usr/local/bin/etcdutl" "$folder.archive-new"
    else # the host's own, or etcdctl itself, which up to 3.5 does the same work
        ln -s "$(command -v etcdutl || printf etcdctl)" "$folder.archive-new/etcdutl"
    fi
    release_etcd_image
    rm -rf "$folder"
    mv -T "$folder.archive-new" "$folder"
    for each in "$ETCD_TOOLS"/*; do
        [ "$each" = "$folder" ] || rm -rf "$each"
    done
}

release_etcd_image() {
    [ -e "$ETCD_MOUNT" ] || return 0
    ctr --namespace k8s.io images unmount --snapshotter "$SNAPSHOTTER" --rm "$ETCD_MOUNT" > /dev/null 2>&1 || true
    rmdir "$ETCD_MOUNT"
}

# own_etcdctl ARGUMENTS: asks this host's own etcd.
own_etcdctl() {
    "$ETCD_BIN/etcdctl" --endpoints https://127.0.0.1:2379 --cacert "$ETCD_PKI/ca.crt" --cert "$ETCD_PKI/server.crt" \
        --key "$ETCD_PKI/server.key" "$@"
}
