# shellcheck shell=bash
# The files that a node's Kubernetes reads, and how a running node takes them up.
#
# Static pods are made anew from their manifests when those change. The patches put a digest of all that a component reads into
# its manifest, so that a changed audit policy restarts the API server as a changed argument does.

: "${AUDIT:?}" "${ADMISSION:?}" "${ENCRYPTION:?}" "${CLUSTER_CONFIG:?}" "${KUBELET_CONFIG:?}" "${PROXY_CONFIG:?}"
: "${ENCRYPTION_KEY?}" "${UPGRADE_CONFIG:?}" "${ROLE:?}" "${APPROVE:?}" "${INIT_CONFIG:?}"
: "${CERTIFICATE_GENERATION:?}" "${PRIMARY?}" "${ADDRESS:?}" "${GATE:?}"

KUBELET_DROP_IN=/etc/systemd/system/kubelet.service.d/20-archive.conf

ensure_settings() {
    # A kubelet without the folder of static pods complains every second
    planning || install -d -m 0700 "$KUBERNETES" "$OWN" "$KUBERNETES/manifests"
    ensure_file "$OWN/kubelet.yaml" 600 root:root kubelet-config <<< "$KUBELET_CONFIG"
    ensure_kubelet_notices
    [ "$ROLE" = control-plane ] || return 0
    ensure_etcd_user
    # Without the version: going from one to the next is the upgrade's business
    ensure_file "$OWN/cluster.yaml" 600 root:root control-plane < <(
        sed '/^kubernetesVersion: /d' <<< "$CLUSTER_CONFIG---"$'\n'"$PROXY_CONFIG"
    )
    ensure_file "$OWN/audit.yaml" 600 root:root control-plane <<< "$AUDIT"
    ensure_file "$OWN/admission.yaml" 600 root:root control-plane <<< "$ADMISSION"
    ensure_key_file "$OWN/encryption.yaml" control-plane <<< "${ENCRYPTION//@ENCRYPTION_KEY@/$ENCRYPTION_KEY}"
    ensure_file "$OWN/certificates" 600 root:root certificates <<< "$CERTIFICATE_GENERATION"
    planning || install -d -m 0700 "$OWN/patches"
    local component
    for component in kube-apiserver kube-controller-manager kube-scheduler etcd; do
        ensure_file "$OWN/patches/${component}0+merge.yaml" 600 root:root control-plane <<< "$(restart_patch "$component")"
    done
}

# When a load balancer dies, nothing ends the connections through it on which a kubelet only listens, and for half a minute it would
# hear of no new pod. It asks whether anybody is there after 5 s of silence instead of 30, and gives up 5 s later instead of 15
# (readIdleTimeoutSeconds and pingTimeoutSeconds of k8s.io/apimachinery/pkg/util/net).
ensure_kubelet_notices() {
    ensure_file "$KUBELET_DROP_IN" 600 root:root kubelet <<- 'UNIT'
		[Service]
		Environment=HTTP2_READ_IDLE_TIMEOUT_SECONDS=5 HTTP2_PING_TIMEOUT_SECONDS=5
	UNIT
    # A member's alone: kubeadm makes systemd read it before it starts a kubelet
    [ ! -e "$MEMBER" ] || [ ! -e "$PENDING/kubelet" ] || change "read the kubelet's unit" systemctl daemon-reload
}

# 1.1.12 of the benchmark. The pod itself runs as root; the owner matters to whoever else is on the host.
ensure_etcd_user() {
    getent passwd etcd > /dev/null ||
        change "add the user etcd" useradd --system --user-group --no-create-home --home-dir /var/lib/etcd --shell /usr/sbin/nologin etcd
    planning || install -d -m 0700 /var/lib/etcd
}

restart_patch() {
    local reads=$CERTIFICATE_GENERATION
    # Its arguments too: the annotation tells whether the API server that answers has them
    [ "$1" != kube-apiserver ] || reads+=$AUDIT$ADMISSION$ENCRYPTION$(sed '/^kubernetesVersion: /d' <<< "$CLUSTER_CONFIG")
    printf 'metadata: {annotations: {archive/reads: "%s"}}' "$(printf '%s' "$reads" | short_digest)"
}

# take_up_settings: what is pending on a member. Only the first control plane writes the cluster's own copies.
take_up_settings() {
    if [ -e "$PENDING/control-plane" ]; then
        change "take up the control plane's settings" renew_control_plane
    fi
    if [ -e "$PENDING/kubelet-config" ]; then
        change "take up the kubelet's settings" renew_kubelet
    fi
}

renew_control_plane() {
    if [ -e "$PENDING/certificates" ]; then
        say "renew the certificates"
        run_kubeadm certs renew all
        rm -f "$PENDING/certificates"
    fi
    write_cluster_config
    if [ -n "$PRIMARY" ]; then
        run_kubeadm init phase upload-config kubeadm --config "$SECRETS/kubeadm.yaml"
        run_kubeadm init phase addon kube-proxy --config "$SECRETS/kubeadm.yaml"
    fi
    out_of_service restart_control_plane
    rm -f "$PENDING/control-plane"
}

# The kubelet looks at its manifests every few seconds. The API server that answers until then is the old one: its pod's
# annotation tells.
restart_control_plane() {
    run_kubeadm init phase etcd local --config "$SECRETS/kubeadm.yaml"
    run_kubeadm init phase control-plane all --config "$SECRETS/kubeadm.yaml"
    until_true 180 api_reads_settings || fail "the API server does not come back with the new settings: see 'crictl ps -a' and" \
        "$KUBERNETES/manifests/kube-apiserver.yaml"
}

api_reads_settings() {
    local wanted
    wanted=$(sed -n 's/.*archive.reads: "\(.*\)".*/\1/p' "$OWN/patches/kube-apiserver0+merge.yaml")
    [ "$(kube get pod "kube-apiserver-$HOST" --namespace kube-system -o 'jsonpath={.metadata.annotations.archive/reads}')" = "$wanted" ] &&
        "$GATE" ready "$ADDRESS"
}

renew_kubelet() {
    if [ -n "$PRIMARY" ]; then
        write_cluster_config
        run_kubeadm init phase upload-config kubelet --config "$SECRETS/kubeadm.yaml"
    fi
    run_kubeadm upgrade node phase kubelet-config
    chmod 600 /var/lib/kubelet/config.yaml
    systemctl restart kubelet
    until_true 60 kubelet_is_healthy || fail "the kubelet does not start with its new settings: see 'journalctl -u kubelet'"
    rm -f "$PENDING/kubelet-config"
}

kubelet_is_healthy() { curl --silent --max-time 3 --fail --output /dev/null http://127.0.0.1:10248/healthz; }

# What kubeadm and the packages leave more open than the benchmark wants: 1.1.x, 4.1.1, 4.1.9.
ensure_permissions() {
    local path
    ensure_mode /usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf 600 root:root
    ensure_mode /usr/lib/systemd/system/kubelet.service 600 root:root
    ensure_mode /var/lib/kubelet/config.yaml 600 root:root
    ensure_mode "$KUBERNETES/kubelet.conf" 600 root:root
    [ "$ROLE" = control-plane ] || return 0
    ensure_mode /var/lib/etcd 700 etcd:etcd
    for path in kube-apiserver kube-controller-manager kube-scheduler etcd; do
        ensure_mode "$KUBERNETES/manifests/$path.yaml" 600 root:root
    done
}

# The kubelets' serving certificates: Kubernetes signs none by itself. Each control plane looks every ten seconds for requests of
# nodes that it knows, and approves those that name the node's own address and name and nothing else.
ensure_approver() {
    [ "$ROLE" = control-plane ] || return 0
    ensure_file /usr/local/lib/archive/approve 755 root:root '' <<< "$APPROVE"
    ensure_file /etc/archive/nodes 644 root:root '' <<< "$(printf '%s\n' "${NODES[@]}")"
    ensure_file /etc/systemd/system/archive-approve.service 644 root:root archive-approve.timer <<- 'UNIT'
		[Unit]
		Description=Approve the serving certificates of this cluster's own kubelets
		[Service]
		Type=oneshot
		ExecStart=/usr/local/lib/archive/approve
		TimeoutStartSec=60
	UNIT
    ensure_file /etc/systemd/system/archive-approve.timer 644 root:root archive-approve.timer <<- 'UNIT'
		[Timer]
		OnBootSec=10
		OnUnitInactiveSec=10
		AccuracySec=1
		[Install]
		WantedBy=timers.target
	UNIT
    ensure_unit_service archive-approve.timer
}
