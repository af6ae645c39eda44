# shellcheck shell=bash
# What concerns the cluster as a whole, done on the first control plane after all nodes: who left is drained and taken out,
# labels and taints are as in the inventory, everybody is ready, the door for joining nodes is closed.

: "${ENDPOINT:?}" "${VERSION:?}" "${TOKEN?}"
: "${NODES:?}" # "name address" of each node of the inventory
: "${RULES:?}" # Kubernetes objects of ours
# LABELS         name -> "key=value key=value"
# TAINTS         name -> "key=value:effect key=value:effect"

KUBECONFIG_FILE=/etc/kubernetes/admin.conf
MANAGED=archive/managed # the annotation that tells our labels and taints from the operator's own
declare -A NOTED=()

main() {
    begin "$1"
    if [ "$VERB" != remove ]; then
        if [ -e "$KUBECONFIG_FILE" ]; then
            until_true 60 api_answers || fail "the API server at $ENDPOINT does not answer: check the load balancers"
            settle
        else
            change "give the nodes their labels and taints, and close the door for joining nodes" :
        fi
    fi
    answer
}

api_answers() { kube get --raw /readyz > /dev/null 2>&1; }

settle() {
    local node
    planning || ensure_rules
    ensure_turn
    read_members
    for node in $(members); do
        is_wanted "$node" || change "drain $node and take it out of the cluster" take_out "$node"
    done
    for node in "${NODES[@]}"; do
        ensure_labels_and_taints "${node% *}"
    done
    if ! planning; then
        wait_until_ready
        close_door
        read_members
    fi
    for node in $(members); do
        item "node:$node" "${NOTED[$node]}"
    done
    item nodes "$(members)"
    item etcd "$(etcd_members | cut -d ' ' -f 2 | LC_ALL=C sort | tr '\n' ' ')"
}

ensure_rules() {
    secret_file rules.yaml <<< "$RULES"
    kube apply -f "$SECRETS/rules.yaml" > /dev/null
}

# read_members: NOTED, from each node's name to its annotation. One question for all: each starts a program of sixty megabytes.
read_members() {
    local found node noted
    # shellcheck disable=SC2016  # a JSONPath
    found=$(kube get nodes -o "jsonpath={range .items[*]}{.metadata.name}{'\t'}{.metadata.annotations.$MANAGED}{'\n'}{end}")
    NOTED=()
    while IFS=$'\t' read -r node noted; do
        [ -z "$node" ] || NOTED[$node]=$noted
    done <<< "$found"
}

# Their names, a space after each.
members() { printf '%s\n' "${!NOTED[@]}" | LC_ALL=C sort | tr '\n' ' '; }

is_wanted() {
    local node
    for node in "${NODES[@]}"; do
        [ "${node% *}" != "$1" ] || return 0
    done
    return 1
}

# The turn's holder is data: the object is made once and never put back.
ensure_turn() {
    local holder
    if ! holder=$(turn_holder 2> /dev/null); then
        planning || kube create configmap "$TURN" --namespace kube-system --from-literal holder=nobody > /dev/null
        return
    fi
    [ "$holder" = nobody ] || is_wanted "$holder" || change "free the turn that $holder left with" kube patch configmap "$TURN" \
        --namespace kube-system --type merge --patch '{"data": {"holder": "nobody"}}' > /dev/null
}

# Leaving ------------------------------------------------------------------------------------------------------------

# take_out NODE: a node that is silent cannot be drained; its pods are made anew elsewhere once it is gone.
take_out() {
    local node=$1 ready
    # shellcheck disable=SC2016  # a JSONPath
    ready=$(kube get node "$node" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')
    check_majority_without "$node"
    if [ "$ready" = True ]; then
        drain "$node"
    else
        say "$node does not answer: it is taken out without a drain"
    fi
    leave_etcd "$node"
    kube delete node "$node" > /dev/null
}

# etcdctl ARGUMENTS: in the pod of this control plane's own etcd.
etcdctl() {
    kube exec --namespace kube-system "etcd-$HOST" -- etcdctl --endpoints https://127.0.0.1:2379 \
        --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt \
        --key /etc/kubernetes/pki/etcd/server.key "$@"
}

# "id name url" of each member
etcd_members() { etcdctl member list | awk -F ', *' '{print $1, $3, $5}'; }

# A majority of those who stay has to be healthy, or etcd would stop taking writes once this one is gone.
check_majority_without() {
    local node=$1 url members staying healthy
    members=$(etcd_members)
    url=$(awk -v node="$node" '$2 == node {print $3}' <<< "$members")
    [ -n "$url" ] || return 0
    staying=$(($(wc -l <<< "$members") - 1))
    healthy=$( (etcdctl endpoint health --cluster 2> /dev/null || true) | grep -v --fixed-strings "$url " | grep -c ' is healthy') || true
    [ "$healthy" -ge $((staying / 2 + 1)) ] ||
        fail "$node cannot leave etcd: $healthy of the $staying members that stay are healthy, and etcd needs a majority. Bring one" \
            "back first (see: kubectl get nodes), then run pulumi up again"
}

leave_etcd() {
    local id
    id=$(etcd_members | awk -v node="$1" '$2 == node {print $1}')
    [ -n "$id" ] || return 0
    say "take $1 out of etcd"
    if ! etcdctl member remove "$id" > /dev/null; then
        uncordon "$1" || true
        fail "etcd does not let $1 go, see above, and it takes pods again. Run pulumi up again"
    fi
}

# Labels and taints --------------------------------------------------------------------------------------------------

# What we set is noted in an annotation, so that what leaves the inventory leaves the node, and nothing else does.
ensure_labels_and_taints() {
    local node=$1 wanted noted
    wanted="${LABELS[$node]:-}|${TAINTS[$node]:-}"
    if [ -z "${NOTED[$node]+there}" ]; then
        change "label $node once it has joined" :
        return 0
    fi
    noted=${NOTED[$node]}
    if [ "$noted" != "$wanted" ] && [ "$noted$wanted" != '|' ]; then
        change "give $node the labels [${LABELS[$node]:-}] and the taints [${TAINTS[$node]:-}]" set_labels_and_taints "$node" "$noted" "$wanted"
    fi
}

set_labels_and_taints() {
    local node=$1 noted=$2 wanted=$3 each labels=() taints
    for each in ${noted%%|*}; do
        [[ " ${wanted%%|*} " == *" ${each%%=*}="* ]] || labels+=("${each%%=*}-")
    done
    for each in ${noted#*|}; do
        [[ " ${wanted#*|} " == *" $each "* ]] || kube taint node "$node" "$each-" > /dev/null 2>&1 || true
    done
    read -r -a labels <<< "${labels[*]} ${wanted%%|*}"
    read -r -a taints <<< "${wanted#*|}"
    [ ${#labels[@]} = 0 ] || kube label node "$node" "${labels[@]}" --overwrite > /dev/null
    [ ${#taints[@]} = 0 ] || kube taint node "$node" "${taints[@]}" --overwrite > /dev/null
    kube annotate node "$node" "$MANAGED=$wanted" --overwrite > /dev/null
}

# Ready --------------------------------------------------------------------------------------------------------------

wait_until_ready() {
    until_true 240 everybody_is_ready || fail "not ready: $(not_ready | tr '\n' ' '). See 'kubectl describe node' and, on the host," \
        "'journalctl -u kubelet'"
}

everybody_is_ready() {
    /usr/local/lib/archive/approve > /dev/null 2>&1 || true
    local left
    left=$(not_ready) && [ -z "$left" ]
}

# Nodes that are not Ready at the wanted version, or have no serving certificate yet.
not_ready() {
    local states node
    states=$(node_states '') || return 1
    for node in "${NODES[@]}"; do
        grep --quiet --line-regexp --fixed-strings "${node% *} v$VERSION True" <<< "$states" && serves "${node#* }" || echo "${node% *}"
    done
}

serves() {
    curl --silent --max-time 3 --output /dev/null --cacert /etc/kubernetes/pki/ca.crt "https://$1:10250/healthz"
}

# The join secrets are worth nothing from here on; the next node that joins gets new uploads of them.
close_door() {
    kube delete secret "bootstrap-token-${TOKEN%%.*}" kubeadm-certs --namespace kube-system --ignore-not-found > /dev/null
    # of former generations, too
    kube delete secrets --namespace kube-system --field-selector type=bootstrap.kubernetes.io/token > /dev/null
}
