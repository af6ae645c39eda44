# shellcheck shell=bash
# The `bridge` network plugin: Debian's CNI plugins, and a route to each other node's pods. It needs no image and no API; every
# node's pod network follows from its address. Other plugins come by Helm, and leave nothing to do here.

: "${NETWORK_PLUGIN:?}" "${POD_SUBNET?}" "${POD_NETWORK:?}" "${SERVICE_NETWORK:?}"

ensure_network() {
    local conflist=/etc/cni/net.d/10-archive.conflist unit=/etc/systemd/system/archive-pod-routes.service
    if [ "$NETWORK_PLUGIN" != bridge ]; then
        ensure_absent "$conflist"
        ensure_absent "$unit"
        return
    fi
    ensure_file "$conflist" 600 root:root '' <<- JSON
		{"cniVersion": "1.0.0", "name": "archive", "plugins": [
		  {"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true,
		   "ipam": {"type": "host-local", "ranges": [[{"subnet": "$POD_SUBNET"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
		  {"type": "portmap", "capabilities": {"portMappings": true}}]}
	JSON
    ensure_file /usr/local/lib/archive/pod-routes 755 root:root archive-pod-routes <<< "$(pod_routes)"
    ensure_file "$unit" 644 root:root archive-pod-routes <<- 'UNIT'
		[Unit]
		Description=Routes to the other nodes' pods
		After=network-online.target
		Before=kubelet.service
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=/usr/local/lib/archive/pod-routes
		[Install]
		WantedBy=multi-user.target
	UNIT
    ensure_unit_service archive-pod-routes
}

# Its own kind of route (protocol 178), so that those of nodes that left can be told from the operator's and go. What leaves the
# pods' network is sent under the node's address; within it pods see each other's. A service's address is translated before it is
# forwarded: one that is not yet (kube-proxy starts after the first pods) is refused, so that a pod tries again at once and not
# after half a minute.
pod_routes() {
    cat <<- SCRIPT
		#!/bin/sh
		# Made by Game Archive. Changes are overwritten.
		set -eu
		ip route flush proto 178
	SCRIPT
    local route
    for route in "${ROUTES[@]}"; do
        printf 'ip route replace %s via %s proto 178\n' "${route% *}" "${route#* }"
    done
    cat <<- SCRIPT
		iptables --wait --table nat --list-rules POSTROUTING | grep --quiet archive-pods ||
		    iptables --wait --table nat --append POSTROUTING --source $POD_SUBNET ! --destination $POD_NETWORK \\
		        -m comment --comment archive-pods --jump MASQUERADE
		iptables --wait --list-rules FORWARD | grep --quiet archive-services ||
		    iptables --wait --append FORWARD --destination $SERVICE_NETWORK --protocol tcp \\
		        -m comment --comment archive-services --jump REJECT --reject-with tcp-reset
	SCRIPT
}

remove_network() {
    [ -e /etc/cni/net.d/10-archive.conflist ] || [ -e /etc/systemd/system/archive-pod-routes.service ] || return 0
    change "remove the pod network" remove_bridge
}

remove_bridge() {
    systemctl --quiet disable --now archive-pod-routes 2> /dev/null || true
    rm -f /etc/systemd/system/archive-pod-routes.service /etc/cni/net.d/10-archive.conflist /usr/local/lib/archive/pod-routes
    systemctl daemon-reload
    ip route flush proto 178 || true
    iptables --wait --table nat --delete POSTROUTING --source "$POD_SUBNET" ! --destination "$POD_NETWORK" \
        -m comment --comment archive-pods --jump MASQUERADE 2> /dev/null || true
    iptables --wait --delete FORWARD --destination "$SERVICE_NETWORK" --protocol tcp \
        -m comment --comment archive-services --jump REJECT --reject-with tcp-reset 2> /dev/null || true
    ip link delete cni0 2> /dev/null || true
    rm -rf /var/lib/cni/networks/archive
    rm -f "$PENDING/archive-pod-routes"
}
