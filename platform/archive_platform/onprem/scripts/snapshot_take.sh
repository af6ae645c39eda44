# shellcheck shell=bash
# /usr/local/lib/archive/snapshot [NAME]: saves this control plane's etcd, keeps the newest, copies them to another host.
#
# Ends with 0 when it is saved and copied, 3 when it is saved but not copied, 1 when it is not saved. What came of it is in
# last.json. A snapshot is <UTC time>-<host>-v<Kubernetes>[-<name>].db, mode 600: it holds the whole cluster. It counts from
# the moment its .sha256 is beside it, which is written last; that also says which cluster it is of.

: "${HOST:?}" "${KEEP:?}" "${TARGET?}" "${TARGET_ADDRESS?}" "${TARGET_PORT?}" "${ETCD_PKI:?}"

FOLDER=/var/lib/archive/snapshots
OWN=/etc/archive/snapshots
MANIFESTS=/etc/kubernetes/manifests
DATABASE=/var/lib/etcd/member/snap/db
WAIT_SECONDS=900
SAVE_SECONDS=900
SNAPSHOT=''
COPIED_TO=''

main() {
    umask 077
    install -d -m 0700 "$FOLDER"
    trap 'fail "failed at line $LINENO of the program: $BASH_COMMAND"' ERR
    exec 8> /run/lock/archive-snapshot.lock
    flock --wait "$WAIT_SECONDS" 8 || fail "another snapshot is still being taken after $WAIT_SECONDS s"
    trap 'rm -f "$FOLDER"/.new* "$FOLDER/.log"' EXIT
    remove_halves
    take "${1:-}"
    prune "$KEEP"
    [ -z "$TARGET" ] || copy
    record true ''
}

# record OK ERROR: for whoever looks after it (`archive doctor onprem`).
record() {
    local error=${2//[\"\\]/}
    error=${error//[[:cntrl:]]/ }
    printf '{"time": "%s", "name": "%s", "copied_to": "%s", "ok": %s, "error": "%s"}\n' \
        "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$SNAPSHOT" "$COPIED_TO" "$1" "$error" > "$FOLDER/.last.json"
    mv -f "$FOLDER/.last.json" "$FOLDER/last.json"
}

say() { printf '%s snapshot: %s\n' "$HOST" "$*" >&2; }

fail() {
    trap - ERR
    say "$*"
    record false "$*"
    if [ -n "$SNAPSHOT" ]; then exit 3; else exit 1; fi
}

# Taking -------------------------------------------------------------------------------------------------------------

# take NAME
take() {
    local version name new=$FOLDER/.new.db cluster
    [[ $1 =~ ^[a-z0-9-]{0,40}$ ]] || fail "$1 is no name for a snapshot: use up to 40 small letters, digits and -"
    ensure_etcd_tools "$MANIFESTS/etcd.yaml"
    version=$(sed -n 's#^ *image: .*/kube-apiserver:v##p' "$MANIFESTS/kube-apiserver.yaml")
    [ -n "$version" ] || fail "$MANIFESTS/kube-apiserver.yaml names no version of Kubernetes: run pulumi up"
    cluster=$(sha256sum < "${ETCD_PKI%/etcd}/ca.crt" | cut -c 1-12)
    check_space "$(stat --format=%s "$DATABASE")"
    name=$(free_name "-$HOST-v$version${1:+-$1}.db")
    timeout "$SAVE_SECONDS" "$ETCD_BIN/etcdctl" --endpoints https://127.0.0.1:2379 --cacert "$ETCD_PKI/ca.crt" \
        --cert "$ETCD_PKI/server.crt" --key "$ETCD_PKI/server.key" snapshot save "$new" > "$FOLDER/.log" 2>&1 ||
        fail "etcd gives no snapshot: $(tail -n 1 "$FOLDER/.log")"
    "$ETCD_BIN/etcdutl" snapshot status "$new" > "$FOLDER/.log" 2>&1 ||
        fail "etcd gave a damaged snapshot: $(tail -n 1 "$FOLDER/.log")"
    ends_with_its_digest "$new" || fail "etcd gave a snapshot that is not whole. Look at the disk of $FOLDER, then try again"
    keep "$name" "$(sha256sum < "$new" | cut -d ' ' -f 1)" "$cluster"
    SNAPSHOT=$name
    say "saved $FOLDER/$name"
}

# etcd ends a snapshot with the SHA-256 of all before, which `snapshot status` does not look at.
ends_with_its_digest() {
    [ "$(head -c -32 "$1" | sha256sum | cut -d ' ' -f 1)" = "$(tail -c 32 "$1" | od -A n -v -t x1 | tr -d ' \n')" ]
}

# free_name SUFFIX: the time and the suffix; names tell seconds apart.
free_name() {
    local name
    while name=$(date -u +%Y%m%dT%H%M%SZ)$1 && [ -e "$FOLDER/$name" ]; do
        sleep 0.2
    done
    printf '%s' "$name"
}

check_space() {
    local free
    free=$(free_bytes)
    [ "$free" -ge $(($1 + SPARE)) ] ||
        fail "only $((free >> 20)) MiB are free in $FOLDER, and a snapshot takes up to $(($1 >> 20)) MiB. Make room, or lower" \
            "archive:snapshots.keep"
}

# Keeping ------------------------------------------------------------------------------------------------------------

# What a run left that died.
remove_halves() {
    local file
    rm -f "$FOLDER"/.new* "$FOLDER/.log" "$FOLDER/.last.json"
    for file in "$FOLDER"/*.db; do
        [ -e "$file.sha256" ] || rm -f "$file"
    done
    for file in "$FOLDER"/*.db.sha256; do
        [ -e "${file%.sha256}" ] || rm -f "$file"
    done
}

# Copying ------------------------------------------------------------------------------------------------------------

# Whatever the other host lacks: also what could not be sent while it was away.
copy() {
    local there name oldest='' digest cluster bytes
    there=$(ask list) || not_copied
    [ "$(grep --count . <<< "$there")" -lt "$KEEP" ] || oldest=$(LC_ALL=C sort <<< "$there" | head -n 1)
    while read -r name; do
        [[ ! $name < $oldest ]] || break
        ! grep --quiet --line-regexp --fixed-strings "$name" <<< "$there" || continue
        cluster=$(sed -n 's/^# cluster //p' "$FOLDER/$name.sha256")
        digest=$(sed -n '/^#/!s/ .*//p' "$FOLDER/$name.sha256")
        bytes=$(stat --format=%s "$FOLDER/$name")
        ask "store $name $digest $bytes $cluster" < "$FOLDER/$name" || not_copied
        say "copied $name to $TARGET"
    done < <(complete)
    COPIED_TO=$TARGET
}

# ask WORDS: the other host's `receive`, and nothing else there.
ask() {
    ssh -F none -i "$OWN/key" -p "$TARGET_PORT" -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes \
        -o HostKeyAlias="$TARGET" -o UserKnownHostsFile="$OWN/known_hosts" -o GlobalKnownHostsFile=none -o LogLevel=ERROR \
        -o ConnectTimeout=15 -o ServerAliveInterval=15 -o ServerAliveCountMax=4 \
        "archive-snapshots@$TARGET_ADDRESS" "$1" 2> "$FOLDER/.log"
}

not_copied() { fail "saved here, but not copied to $TARGET ($TARGET_ADDRESS): $(tail -n 1 "$FOLDER/.log")"; }
