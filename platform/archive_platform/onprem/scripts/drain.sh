# shellcheck shell=bash
# Taking a node out of service and putting it back, with whatever identity KUBECONFIG holds.
#
# A node drains itself with its own kubelet's identity: the API server lets a node cordon itself and evict the pods bound to
# it, and nothing else (Node authorizer and NodeRestriction). `kubectl drain` cannot be used for that, because it also reads
# DaemonSets and asks for pods that are gone, which a node may not. Evictions respect PodDisruptionBudgets.

: "${DRAIN_SECONDS:?}"

CORDONED=archive/cordoned # the annotation that tells our cordon from somebody else's
BACK_SECONDS=120
NOT_CONNECTED='TLS handshake timeout|connection refused|was refused|dial tcp'

# kube ARGUMENTS: kubectl. A connection that does not come about is tried again a few times: an API server that is overloaded or
# just going away is no reason for a run to fail. Nothing was sent then, so this holds for writes as for reads.
kube() {
    local tries_left=4 said code
    while :; do
        code=0
        { said=$(kubectl --kubeconfig "$KUBECONFIG_FILE" --request-timeout 20s "$@" 2>&1 >&3 3>&-) || code=$?; } 3>&1
        if [ "$code" = 0 ] || [ "$tries_left" = 0 ] || ! [[ $said =~ $NOT_CONNECTED ]]; then
            break
        fi
        tries_left=$((tries_left - 1))
        sleep 1
    done
    [ -z "$said" ] || printf '%s\n' "$said" >&2
    return "$code"
}

# node_states SELECTOR: "name version ready" of each node, as in "cp1 v1.34.4 True", that has these labels; '' for all.
# shellcheck disable=SC2016  # a JSONPath
node_states() {
    kube get nodes --selector "$1" -o 'jsonpath={range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}'
}

# cordon NODE: no new pods. A node that an operator cordoned stays theirs.
cordon() {
    [ "$(kube get node "$1" -o 'jsonpath={.spec.unschedulable}')" != true ] || return 0
    kube patch node "$1" --type merge --patch \
        "{\"metadata\": {\"annotations\": {\"$CORDONED\": \"yes\"}}, \"spec\": {\"unschedulable\": true}}" > /dev/null
}

# uncordon NODE: only what we cordoned. Tried for a while: the API server that answers may be just being restarted.
uncordon() { until_true "$BACK_SECONDS" is_uncordoned "$1"; }

is_uncordoned() {
    local ours
    ours=$(kube get node "$1" -o "jsonpath={.metadata.annotations.${CORDONED//./\\.}}" 2> /dev/null) || return 1
    [ "$ours" = yes ] || return 0
    kube patch node "$1" --type merge --patch \
        "{\"metadata\": {\"annotations\": {\"$CORDONED\": null}}, \"spec\": {\"unschedulable\": null}}" > /dev/null 2>&1
}

# pods_to_evict NODE: "namespace name" of what runs there, without DaemonSets', static and finished pods.
pods_to_evict() {
    # shellcheck disable=SC2016  # a Go template
    kube get pods --all-namespaces --field-selector "spec.nodeName=$1" -o go-template='{{range .items}}{{$owner := "-"}}{{range .metadata.ownerReferences}}{{$owner = .kind}}{{end}}{{.metadata.namespace}} {{.metadata.name}} {{$owner}} {{.status.phase}}{{"\n"}}{{end}}' |
        awk '$3 != "DaemonSet" && $3 != "Node" && $4 != "Succeeded" && $4 != "Failed" {print $1, $2}'
}

# evict NAMESPACE NAME: asks; a budget may say "not yet" (429), and a pod that is gone already is well.
evict() {
    printf '{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"namespace": "%s", "name": "%s"}}' "$1" "$2" |
        kube create --raw "/api/v1/namespaces/$1/pods/$2/eviction" -f - > /dev/null 2>&1 || true
}

# drain NODE: cordoned and empty within DRAIN_SECONDS, or uncordoned again and a failure that names what is left.
drain() {
    local node=$1 deadline=$((SECONDS + DRAIN_SECONDS)) left='(the API server did not answer)' found namespace name
    cordon "$node"
    while [ "$SECONDS" -lt "$deadline" ]; do
        if found=$(pods_to_evict "$node"); then
            left=$found
            [ -n "$left" ] || return 0
            while read -r namespace name; do
                evict "$namespace" "$name"
            done <<< "$left"
        fi
        sleep 1
    done
    uncordon "$node" || true
    fail "$node still runs $(tr '\n' ';' <<< "$left") after $DRAIN_SECONDS s, and takes pods again. A PodDisruptionBudget may" \
        "forbid the eviction: see 'kubectl get pdb -A', or raise archive:kubernetes.drainSeconds"
}

# The turn: one node at a time is out of service for an upgrade. A ConfigMap holds it, taken by test-and-set in the API server;
# nodes may read and patch that one object (see cluster.sh). Who dies with the turn takes it up again in the next run.
TURN=archive-upgrade-turn

turn_holder() { kube get configmap "$TURN" --namespace kube-system -o 'jsonpath={.data.holder}'; }

take_turn() {
    until_true "$((DRAIN_SECONDS * 3))" try_turn ||
        fail "$(turn_holder) has been out of service for" \
            "an upgrade all the time. Run pulumi up again to let it finish, then this one goes on"
}

try_turn() {
    local holder
    holder=$(turn_holder) || return 1
    [ "$holder" != "$HOST" ] || return 0
    [ "$holder" = nobody ] || return 1
    kube patch configmap "$TURN" --namespace kube-system --type json --patch \
        "[{\"op\": \"test\", \"path\": \"/data/holder\", \"value\": \"nobody\"}, {\"op\": \"replace\", \"path\": \"/data/holder\", \"value\": \"$HOST\"}]" \
        > /dev/null 2>&1
}

has_turn() { [ "$(turn_holder 2> /dev/null)" = "$HOST" ]; }

# Tried for a while, too: nobody else can pass it on, and all others would wait for a node that is long back in service.
give_turn() { until_true "$BACK_SECONDS" has_given_turn; }

has_given_turn() {
    local holder
    holder=$(turn_holder 2> /dev/null) || return 1
    [ "$holder" = "$HOST" ] || return 0
    kube patch configmap "$TURN" --namespace kube-system --type json --patch \
        "[{\"op\": \"test\", \"path\": \"/data/holder\", \"value\": \"$HOST\"}, {\"op\": \"replace\", \"path\": \"/data/holder\", \"value\": \"nobody\"}]" \
        > /dev/null 2>&1
}
