# shellcheck shell=bash
# Where other hosts' snapshots of etcd are kept: an account without a password that sshd lets in with the sources' keys alone,
# to run one program. The files belong to that account, mode 600; its keys and the program belong to root.

: "${RECEIVE_PROGRAM?}" "${SNAPSHOT_KEEP:?}" "${SNAPSHOT_PUBLIC_KEYS?}"

RECEIVE=/usr/local/lib/archive/receive
RECEIVER=archive-snapshots
RECEIVED=/var/lib/archive/received
RECEIVER_KEYS=$RECEIVED/.ssh/authorized_keys

# Nobody's keys when this host is not, or no longer, where snapshots go. What was received stays.
ensure_receiver() {
    local account
    if [ ${#SNAPSHOT_SOURCES[@]} = 0 ]; then
        remove_receiver
        return
    fi
    # With `*` no password fits, as with `!`; but sshd without PAM refuses an account with `!` altogether.
    getent passwd "$RECEIVER" > /dev/null || change "add the user $RECEIVER" useradd --system --user-group \
        --no-create-home --home-dir "$RECEIVED" --shell /bin/sh --password '*' "$RECEIVER"
    account=$(getent passwd "$RECEIVER") || account=absent
    item "user:$RECEIVER" "$(cut -d : -f 6,7 <<< "$account")"
    ensure_file "$RECEIVE" 755 root:root '' <<< "$RECEIVE_PROGRAM"
    planning || ensure_receiving_folders
    ensure_receiver_keys
}

ensure_receiving_folders() {
    local source
    install -d -m 0755 /var/lib/archive "$RECEIVED" "$RECEIVED/.ssh"
    for source in "${SNAPSHOT_SOURCES[@]}"; do
        install -d -m 0700 -o "$RECEIVER" -g "$RECEIVER" "$RECEIVED/$source"
    done
}

# A plan knows no keys: it sees whose are there.
ensure_receiver_keys() {
    local source key line lines=''
    if planning; then
        for source in "${SNAPSHOT_SOURCES[@]}"; do
            line="command=\"$RECEIVE $source $SNAPSHOT_KEEP\""
            grep --quiet --fixed-strings "$line" "$RECEIVER_KEYS" 2> /dev/null || change "let $source send its snapshots" :
        done
        item "file:$RECEIVER_KEYS" "$(file_state "$RECEIVER_KEYS")"
        return
    fi
    while read -r source key; do
        [ -z "$source" ] || lines+="restrict,command=\"$RECEIVE $source $SNAPSHOT_KEEP\" $key $source"$'\n'
    done <<< "$SNAPSHOT_PUBLIC_KEYS"
    ensure_file "$RECEIVER_KEYS" 644 root:root '' <<< "${lines%$'\n'}"
}

remove_receiver() {
    ensure_absent "$RECEIVER_KEYS"
    ensure_absent "$RECEIVE"
}
