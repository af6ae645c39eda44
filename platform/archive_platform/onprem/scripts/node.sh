# shellcheck shell=bash
# A control plane or a worker: in the cluster, with the settings and the version that the stack wants.
#
#   found   the first control plane when it is made: starts the cluster, unless one answers already
#   apply   joins, or takes up what changed: settings, certificates, version
#   remove  leaves nothing of Kubernetes on the host
#   plan    says what apply would do
#
# The mark MEMBER is written last. Without it, what an interrupted init or join left is reset, and the step begins anew; a worker
# that the cluster knows as ready needs no more than the mark.

: "${ROLE:?}" "${ADDRESS:?}" "${ENDPOINT:?}" "${VERSION:?}" "${NETWORK_PLUGIN:?}"
: "${PRIMARY?}" "${INIT_CONFIG:?}" "${JOIN_CONFIG:?}" "${TOKEN?}" "${CERTIFICATE_KEY?}" "${CA_HASH?}"
: "${CLUSTER_CONFIG:?}" "${KUBELET_CONFIG:?}" "${PROXY_CONFIG:?}"

KUBERNETES=/etc/kubernetes
OWN=$KUBERNETES/archive
MEMBER=$OWN/member
JOIN_PATIENCE_SECONDS=180
TAKEN_UP=''
KUBECONFIG_FILE=$KUBERNETES/kubelet.conf
[ "$ROLE" = worker ] || KUBECONFIG_FILE=$KUBERNETES/admin.conf

main() {
    begin "$1"
    if [ "$VERB" = remove ]; then
        leave
    else
        refuse_while_restoring
        ensure_packages_whole
        planning || open_forgotten_gate
        [ -e "$MEMBER" ] || reset_half_made
        ensure_network
        ensure_settings
        ensure_gate
        if [ -e "$MEMBER" ] || [ -n "$TAKEN_UP" ]; then # a plan writes no mark
            upgrade_if_older
            take_up_settings
        else
            enter
        fi
        ensure_permissions
        ensure_approver
        ensure_snapshots
        ensure_service kubelet
        describe
    fi
    answer
}

# Membership ---------------------------------------------------------------------------------------------------------

reset_half_made() {
    [ -e "$KUBECONFIG_FILE" ] || [ -e "$KUBERNETES/manifests/kube-apiserver.yaml" ] || [ -e "$KUBERNETES/pki/ca.crt" ] || return 0
    if [ "$ROLE" = worker ] && has_joined; then
        TAKEN_UP=yes
        change "take up the node that an interrupted run joined" mark_member
    else
        change "reset what an interrupted run left" reset_for_another_try
    fi
}

has_joined() {
    [ "$(kubectl --kubeconfig "$KUBERNETES/kubelet.conf" --request-timeout 10s get node "$HOST" \
        -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2> /dev/null)" = True ]
}

# kubeadm lets no node join whose name the cluster has as ready, and for most of a minute it would be.
reset_for_another_try() {
    [ "$ROLE" = worker ] || kube delete node "$HOST" --ignore-not-found > /dev/null 2>&1 || true
    reset
}

enter() {
    case $VERB:$PRIMARY in
        plan:*) change "join the cluster as $ROLE at $VERSION (or start it, when this is the first)" : ;;
        found:yes) if cluster_answers; then join; else init; fi ;;
        apply:yes)
            cluster_answers || fail "this host has lost its part of the cluster, and no other control plane answers. Restore a" \
                "snapshot (docs/restore.md), or start over: pulumi destroy, then pulumi up"
            join
            ;;
        *) join ;;
    esac
}

# A cluster whose API server answers, with whatever status: nobody starts a second one beside it.
cluster_answers() { curl --silent --insecure --max-time 5 --output /dev/null "https://$ENDPOINT/livez"; }

init() {
    say "start the cluster at $VERSION"
    write_cluster_config
    run_kubeadm init --config "$SECRETS/kubeadm.yaml" --skip-token-print # describe uploads the certificates
    until_true 120 api_is_ready || fail "the API server does not become ready: see 'crictl ps -a' and 'journalctl -u kubelet'"
    entered
}

join() {
    say "join the cluster as $ROLE at $VERSION"
    [ -n "$CA_HASH" ] || fail "no cluster to join: list new control planes after those that are members"
    check_clock
    fill_in "$JOIN_CONFIG" | secret_file kubeadm.yaml
    local mend="If the token or the key is unknown, they have expired (24 hours): raise archive:kubernetes.joinGeneration by one"
    if [ "$ROLE" = control-plane ]; then
        out_of_service run_kubeadm join --config "$SECRETS/kubeadm.yaml"
        request_serving_certificate
    else
        run_kubeadm join --config "$SECRETS/kubeadm.yaml"
    fi
    entered
}

# The kubelet of a control plane is there before its API server. What it asked for in vain by then it asks for again only after up
# to half a minute (k8s.io/client-go/util/certificate), and started anew at once.
request_serving_certificate() {
    [ -e /var/lib/kubelet/pki/kubelet-server-current.pem ] || systemctl restart kubelet
}

entered() {
    rm -f "$PENDING"/{control-plane,certificates,kubelet-config,kubelet} # kubeadm has started the kubelet with all of it
    mark_member
}

mark_member() { : > "$MEMBER"; }

# kubeadm speaks on both outputs; the step's own answer is the only thing on standard output. Tokens and keys are not shown.
run_kubeadm() {
    kubeadm "$@" 2>&1 | sed -u -E 's/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/[secret]/g; s/\b[0-9a-f]{64}\b/[secret]/g' >&2 ||
        fail "kubeadm $1 failed: see above.${mend:+ $mend}"
}

# Everything that is to be known of the cluster, for `kubeadm init` and for each of its phases.
write_cluster_config() {
    fill_in "$INIT_CONFIG---"$'\n'"$CLUSTER_CONFIG---"$'\n'"$KUBELET_CONFIG---"$'\n'"$PROXY_CONFIG" | secret_file kubeadm.yaml
}

fill_in() {
    local text=$1
    text=${text//@TOKEN@/$TOKEN}
    text=${text//@CERTIFICATE_KEY@/$CERTIFICATE_KEY}
    text=${text//@CA_HASH@/$CA_HASH}
    printf '%s' "$text"
}

# Certificates of a clock that is wrong are not valid yet, or no longer. The API server says what time it is.
check_clock() {
    local theirs='' skew
    until_true "$JOIN_PATIENCE_SECONDS" read_their_time ||
        fail "the API server at $ENDPOINT does not answer: check the load balancers and the first control plane"
    skew=$(($(date +%s) - $(date --date "$theirs" +%s)))
    [ "${skew#-}" -le 30 ] || fail "the clock differs from the API server's by ${skew#-} s, and 30 are allowed: check 'chronyc tracking'"
}

# read_their_time: sets `theirs`. Load balancers and control planes may have been started a moment ago.
read_their_time() {
    theirs=$(curl --silent --insecure --max-time 10 --head "https://$ENDPOINT/livez" | sed -n 's/^[Dd]ate: //p' | tr -d '\r') || true
    [ -n "$theirs" ]
}

api_is_ready() { kube get --raw /readyz > /dev/null 2>&1; }

leave() {
    remove_snapshots
    if [ -e "$KUBERNETES" ] || [ -e /var/lib/kubelet/config.yaml ]; then
        change "reset Kubernetes" reset
    fi
    remove_network
    ensure_stopped kubelet
}

# kubeadm takes a control plane out of etcd as well, if it still is in there.
reset() {
    systemctl --quiet disable --now archive-approve.timer 2> /dev/null || true
    remove_gate
    systemctl stop kubelet || true
    if command -v kubeadm > /dev/null && systemctl --quiet is-active containerd; then
        timeout 180 kubeadm reset --force --cri-socket unix:///run/containerd/containerd.sock 2>&1 | tail -n 3 >&2 || true
    fi
    rm -f "$KUBELET_DROP_IN" /etc/systemd/system/archive-approve.{service,timer} /usr/local/lib/archive/approve /etc/archive/nodes
    rm -rf "${KUBERNETES:?}"/* /var/lib/kubelet/{config.yaml,instance-config.yaml,kubeadm-flags.env,pki,cpu_manager_state,memory_manager_state}
    find /var/lib/etcd -mindepth 1 -delete 2> /dev/null || true
    rm -f "$PENDING"/{control-plane,certificates,kubelet-config,kubelet,archive-approve.timer}
    flush_service_rules
}

# kube-proxy's rules outlive it, and would catch traffic of the next cluster's services.
flush_service_rules() {
    local table
    for table in iptables ip6tables; do
        command -v "$table-save" > /dev/null || continue
        "$table-save" | grep -v -e KUBE- | "$table-restore" || true
    done
}

# The answer ---------------------------------------------------------------------------------------------------------

describe() {
    local package control_planes
    for package in kubelet kubeadm kubectl; do
        item "package:$package" "$(package_version "$package")"
        forget "held:$package" # the prepare step's to tell, whatever this run did
    done
    if [ -e "$MEMBER" ]; then item member "$ROLE"; else item member no; fi
    [ "$ROLE" = control-plane ] && [ -e "$MEMBER" ] && ! planning || return 0
    [ -n "$PRIMARY" ] || return 0
    open_door
    extra ca_hash "sha256:$(openssl x509 -pubkey -noout -in "$KUBERNETES/pki/ca.crt" |
        openssl pkey -pubin -outform DER 2> /dev/null | sha256sum | cut -d ' ' -f 1)"
    extra kubeconfig "$(cat "$KUBERNETES/admin.conf")"
    # Workers need not wait for the other control planes, unless those are to be upgraded before them
    control_planes=$(node_states node-role.kubernetes.io/control-plane)
    extra others_to_upgrade "$(awk -v version="v$VERSION" '$2 != version {print $1}' <<< "$control_planes" | paste -s -d ' ')"
}

# The join secrets, valid for a day. kubeadm ties the uploaded certificates to a token of two hours; tied to ours instead they
# are there for as long, and go with it.
open_door() {
    local id=${TOKEN%%.*} uid
    write_cluster_config
    uid=$(token_uid "$id")
    if [ -z "$uid" ]; then
        run_kubeadm init phase bootstrap-token --config "$SECRETS/kubeadm.yaml" --skip-token-print
        uid=$(token_uid "$id")
    fi
    run_kubeadm init phase upload-certs --upload-certs --config "$SECRETS/kubeadm.yaml"
    kube patch secret kubeadm-certs --namespace kube-system --type merge --patch "{\"metadata\": {\"ownerReferences\": [
        {\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"name\": \"bootstrap-token-$id\", \"uid\": \"$uid\"}]}}" > /dev/null
}

# token_uid ID: of the token's secret, or nothing.
token_uid() { kube get secret "bootstrap-token-$1" --namespace kube-system --ignore-not-found -o 'jsonpath={.metadata.uid}'; }
