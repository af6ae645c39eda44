# shellcheck shell=bash
# Snapshots of etcd: on every control plane a timer takes its own, and copies them to another host. snapshot_take.sh is the
# program that does it; the host it copies to is made ready by snapshot_receive.sh.

: "${ROLE:?}" "${SNAPSHOT_PROGRAM?}" "${SNAPSHOT_SETTINGS?}" "${SNAPSHOT_CALENDAR?}" "${SNAPSHOT_TARGET?}"
: "${SNAPSHOT_KNOWN_HOSTS?}" "${SNAPSHOT_KEY?}"

TAKE=/usr/local/lib/archive/snapshot
TAKEN=/var/lib/archive/snapshots
SNAPSHOT_FOLDER=/etc/archive/snapshots
SNAPSHOT_UNIT=/etc/systemd/system/archive-snapshot
RESTORING=/etc/kubernetes/archive/restore

# While a snapshot is being restored the control plane's manifests are set aside, and nobody else may write them.
refuse_while_restoring() {
    [ ! -e "$RESTORING" ] || fail "a restore of etcd was begun here and has not ended ($RESTORING says of which snapshot)." \
        "Run it again: archive restore onprem SNAPSHOT"
}

ensure_snapshots() {
    [ "$ROLE" = control-plane ] || return 0
    ensure_snapshot_files
    ensure_file "$SNAPSHOT_UNIT.service" 644 root:root archive-snapshot.timer <<- UNIT
		[Unit]
		Description=Save etcd, and copy it to another host
		After=network-online.target
		[Service]
		Type=oneshot
		ExecStart=$TAKE
		TimeoutStartSec=2h
		Nice=10
		IOSchedulingClass=best-effort
		IOSchedulingPriority=7
	UNIT
    ensure_file "$SNAPSHOT_UNIT.timer" 644 root:root archive-snapshot.timer <<- UNIT
		[Unit]
		Description=Save etcd on schedule
		[Timer]
		OnCalendar=$SNAPSHOT_CALENDAR
		RandomizedDelaySec=60
		Persistent=yes
		[Install]
		WantedBy=timers.target
	UNIT
    ensure_unit_service archive-snapshot.timer
    item snapshots:copies "${SNAPSHOT_TARGET:-none: there is no other host}"
}

ensure_snapshot_files() {
    ensure_file "$TAKE" 755 root:root '' <<< "$SNAPSHOT_PROGRAM"
    ensure_file "$SNAPSHOT_FOLDER/settings" 644 root:root '' <<< "$SNAPSHOT_SETTINGS"
    if [ -n "$SNAPSHOT_TARGET" ]; then
        ensure_file "$SNAPSHOT_FOLDER/known_hosts" 644 root:root '' <<< "$SNAPSHOT_KNOWN_HOSTS"
        ensure_key_file "$SNAPSHOT_FOLDER/key" '' <<< "$SNAPSHOT_KEY"
    else
        ensure_absent "$SNAPSHOT_FOLDER/known_hosts"
        ensure_absent "$SNAPSHOT_FOLDER/key"
    fi
}

# take_snapshot NAME: now. A snapshot that could not be copied is still one: it is on this host.
take_snapshot() {
    local code=0
    ensure_snapshot_files
    say "take the snapshot $1 of etcd"
    "$TAKE" "$1" >&2 || code=$?
    case $code in
        0) ;;
        3) say "the snapshot is on this host only, see above; going on" ;;
        *) fail "no snapshot could be taken, and nothing was changed without one: see above" ;;
    esac
}

# What was taken stays: it may be all that is left of the cluster.
remove_snapshots() {
    [ -e "$TAKE" ] || [ -e "$SNAPSHOT_UNIT.timer" ] || [ -e "$SNAPSHOT_FOLDER" ] || return 0
    change "take no more snapshots (those taken stay in $TAKEN)" drop_snapshots
}

drop_snapshots() {
    systemctl --quiet disable --now archive-snapshot.timer 2> /dev/null || true
    rm -rf "$SNAPSHOT_UNIT".{service,timer} "$TAKE" /usr/local/lib/archive/etcd "$SNAPSHOT_FOLDER" "$PENDING/archive-snapshot.timer"
    systemctl daemon-reload
}
