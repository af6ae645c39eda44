# shellcheck shell=bash
# The firewall: one table of nftables, loaded in one transaction, at every start before the network is up.

: "${FIREWALL?}"

FIREWALL_FILE=/etc/archive/firewall.nft
FIREWALL_UNIT=/etc/systemd/system/archive-firewall.service
# What the kernel said of the table when it was loaded last. Anything else now means that somebody changed it.
FIREWALL_LOADED=/etc/archive/firewall.loaded

ensure_firewall() {
    local state
    if [ -z "$FIREWALL" ]; then
        remove_firewall
        return
    fi
    planning || nft --check --file - <<< "$FIREWALL" >&2 || fail "nft refuses the firewall, see above; it was not changed"
    ensure_file "$FIREWALL_FILE" 600 root:root archive-firewall <<< "${FIREWALL%$'\n'}"
    ensure_file "$FIREWALL_UNIT" 644 root:root archive-firewall < <(firewall_unit)
    state=$(firewall_state)
    if [ "$state" != "$(cat "$FIREWALL_LOADED" 2> /dev/null)" ]; then
        change "load the firewall" mark_pending archive-firewall
    fi
    if [ -e "$PENDING/archive-firewall" ] && ! planning; then
        ensure_unit_service archive-firewall reload
        state=$(firewall_state)
        printf '%s\n' "$state" > "$FIREWALL_LOADED"
    else
        ensure_service archive-firewall reload
    fi
    item firewall "$state"
}

firewall_unit() {
    cat <<- 'UNIT'
		[Unit]
		Description=Firewall of the cluster's host
		DefaultDependencies=no
		After=local-fs.target nftables.service
		Before=network-pre.target shutdown.target
		Wants=network-pre.target
		Conflicts=shutdown.target
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=/usr/sbin/nft --file /etc/archive/firewall.nft
		ExecReload=/usr/sbin/nft --file /etc/archive/firewall.nft
		ExecStop=-/usr/sbin/nft delete table inet archive
		[Install]
		WantedBy=sysinit.target
	UNIT
}

firewall_state() {
    local table
    table=$(nft --stateless list table inet archive 2> /dev/null) || true
    if [ -n "$table" ]; then printf '%s' "$table" | short_digest; else printf absent; fi
}

remove_firewall() {
    if [ -e "$FIREWALL_UNIT" ] || [ -e "$FIREWALL_FILE" ] || [ "$(firewall_state)" != absent ]; then
        change "remove the firewall" take_firewall_away
    fi
    item firewall "$(firewall_state)"
}

take_firewall_away() {
    systemctl --quiet disable --now archive-firewall 2> /dev/null || true
    nft delete table inet archive 2> /dev/null || true
    rm -f "$FIREWALL_UNIT" "$FIREWALL_FILE" "$FIREWALL_LOADED" "$PENDING/archive-firewall"
    systemctl daemon-reload
}
