# shellcheck shell=bash
# The gate of a control plane (gate.sh): closed while a step starts its API server, and when the host starts.

: "${GATE_PROGRAM:?}" "${ROLE:?}" "${ADDRESS:?}"

GATE=/usr/local/lib/archive/gate
GATE_UNIT=/etc/systemd/system/archive-gate.service

# A single control plane has no other that its clients could go to.
has_gate() { [ "$ROLE" = control-plane ] && [ ${#CONTROL_PLANE_PEERS[@]} -gt 0 ]; }

ensure_gate() {
    [ "$ROLE" = control-plane ] || return 0
    ensure_file "$GATE" 755 root:root '' <<< "$GATE_PROGRAM"
    if has_gate; then
        ensure_file "$GATE_UNIT" 644 root:root archive-gate < <(gate_unit)
        ensure_enabled archive-gate
    else
        ensure_stopped archive-gate
        ensure_absent "$GATE_UNIT" archive-gate
    fi
}

# Not started here: a running API server needs it when the host starts the next time.
gate_unit() {
    cat <<- UNIT
		[Unit]
		Description=Keep clients from the API server until it is ready
		After=nftables.service archive-firewall.service network.target
		Before=kubelet.service
		[Service]
		ExecStartPre=$GATE close 0
		ExecStart=$GATE settle $ADDRESS
		ExecStopPost=$GATE open
		[Install]
		WantedBy=multi-user.target
	UNIT
}

# What a step that was killed left closed. When the host has just started, the gate is not ours to open.
open_forgotten_gate() {
    [ ! -x "$GATE" ] || systemctl --quiet is-active archive-gate || "$GATE" open
}

open_gate() { ! has_gate || "$GATE" open; }

# out_of_service COMMAND...: starts the API server, or makes the kubelet start it. Who only joins answers nobody yet.
out_of_service() {
    local grace=0
    [ ! -e "$MEMBER" ] || grace=2
    ! has_gate || "$GATE" close "$grace"
    "$@"
    until_true 180 "$GATE" ready "$ADDRESS" ||
        fail "the API server does not become ready: see 'crictl ps -a' and 'journalctl -u kubelet'"
    open_gate
}

remove_gate() {
    systemctl --quiet disable --now archive-gate 2> /dev/null || true
    [ ! -x "$GATE" ] || "$GATE" open
    rm -f "$GATE_UNIT" "$GATE" "$PENDING/archive-gate"
}
