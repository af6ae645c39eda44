# shellcheck shell=bash
# From one version to the next: one node at a time, drained, never left cordoned.
#
# What is to do follows from what runs, so an upgrade that died goes on where it was: the static pods' version, the kubelet's
# version, and whether the node is cordoned by us.

: "${VERSION:?}" "${ROLE:?}" "${UPGRADE_CONFIG:?}"

upgrade_if_older() {
    local from
    from=$(oldest_version)
    if [ "$from" = "$VERSION" ]; then
        planning || finish_interrupted_upgrade
        return
    fi
    check_skew "$from"
    change "upgrade Kubernetes from $from to $VERSION" upgrade
}

# The version of whatever lags behind on this node: kubelet, or the API server's manifest.
oldest_version() {
    local kubelet api
    kubelet=$(package_version kubelet)
    api=$(sed -n 's#.*image: .*/kube-apiserver:v##p' "$KUBERNETES/manifests/kube-apiserver.yaml" 2> /dev/null) || true
    printf '%s\n' "${kubelet%%-*}" "${api:-${kubelet%%-*}}" | sort --version-sort | head -n 1
}

# Kubernetes' version skew policy: control planes go up one minor at a time and never down.
check_skew() {
    local from=$1 minor_from minor_to
    minor_from=$(cut -d . -f 2 <<< "$from")
    minor_to=$(cut -d . -f 2 <<< "$VERSION")
    [ "$(printf '%s\n' "$from" "$VERSION" | sort --version-sort | tail -n 1)" = "$VERSION" ] ||
        fail "runs $from, which is newer than archive:kubernetes.version $VERSION: Kubernetes cannot go back. Set $from or newer"
    [ $((minor_to - minor_from)) -le 1 ] ||
        fail "runs $from, and archive:kubernetes.version $VERSION is more than one minor ahead. Set 1.$((minor_from + 1)).x first"
}

# What a failure leaves behind: the node is in service again. The turn goes on too, unless the new kubelet is to blame: then no
# second node shall be lost to the same fault.
upgrade() {
    ensure_bundle_images "$VERSION" # while others have the turn
    take_turn
    undo_at_exit open_gate give_turn
    if [ -n "$PRIMARY" ] && [ "$(cluster_version)" != "$VERSION" ]; then
        take_snapshot before-upgrade
    fi
    ensure_pinned "$VERSION" kubeadm
    upgrade_components
    UNDO=(serve_again give_turn)
    drain "$HOST"
    exchange_kubelet
    finish_upgrade
    UNDO=()
}

# undo_at_exit FUNCTION...: when the step ends before UNDO was emptied.
undo_at_exit() {
    UNDO=("$@")
    trap 'undo; rm -rf "$SECRETS"' EXIT
}

undo() {
    local each
    for each in "${UNDO[@]}"; do
        "$each" || true
    done
}

serve_again() { uncordon "$HOST"; }

upgrade_components() {
    printf '%s' "$UPGRADE_CONFIG" | secret_file kubeadm.yaml
    if [ "$ROLE" = worker ]; then
        run_kubeadm upgrade node --config "$SECRETS/kubeadm.yaml"
    elif [ "$(cluster_version)" = "$VERSION" ]; then
        out_of_service with_etcd_helped run_kubeadm upgrade node --config "$SECRETS/kubeadm.yaml"
    else
        out_of_service with_etcd_helped run_kubeadm upgrade apply --config "$SECRETS/kubeadm.yaml" --yes
    fi
}

exchange_kubelet() {
    undo_at_exit open_gate serve_again
    if [ "$ROLE" = worker ]; then upgrade_kubelet; else out_of_service upgrade_kubelet; fi
}

# The new kubelet may make the static pods anew soon after it has started, the API server's among them.
upgrade_kubelet() {
    ensure_pinned "$VERSION" kubelet kubectl
    ensure_permissions
    systemctl daemon-reload
    systemctl restart kubelet
    until_true 120 is_ready_at "$VERSION" || fail "the kubelet does not become ready at $VERSION: see 'journalctl -u kubelet'"
    [ "$ROLE" = worker ] || "$GATE" settle "$ADDRESS" || fail "the API server does not stay ready: see 'crictl ps -a'"
}

# The version that the control planes' shared configuration names: `upgrade apply` raised it on the first of them.
cluster_version() {
    kube get configmap kubeadm-config --namespace kube-system -o 'jsonpath={.data.ClusterConfiguration}' |
        sed -n 's/^kubernetesVersion: v//p'
}

is_ready_at() {
    # shellcheck disable=SC2016  # a JSONPath
    [ "$(kube get node "$HOST" -o 'jsonpath={.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}')" \
        = "v$1 True" ]
}

# Back in service, and the turn passed on. A failure lets the next run do it: an update that succeeded would not be run again.
finish_upgrade() {
    { serve_again && give_turn; } || fail "runs $VERSION, but the API server did not answer for $BACK_SECONDS s, to put this node back" \
        "in service and let the next one be upgraded. Run pulumi up again"
}

# After a run that died between the last steps, or left the turn with a node whose new kubelet did not become ready. An API server
# that is away is not waited for: what mends it may come next.
finish_interrupted_upgrade() {
    if has_turn && ! is_ready_at "$VERSION"; then
        change "finish the interrupted upgrade of the kubelet to $VERSION" exchange_kubelet
        UNDO=()
    fi
    is_uncordoned "$HOST" || true
    has_given_turn || true
}
