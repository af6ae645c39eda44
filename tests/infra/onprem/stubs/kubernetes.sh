#!/usr/bin/bash
# A cluster of paper, as one of its hosts sees it: kubeadm, kubectl, and whom they ask. /stub/cluster is its state:
#
#   api          there while an API server answers        version   of kubeadm's ClusterConfiguration
#   turn         the holder of the upgrade's turn         secrets   names in kube-system
#   nodes/NAME/  version, ready, cordoned, ours, managed, labels, taints
#   pods         NODE NAMESPACE NAME OWNER PHASE          budget    names that may not be evicted
#   etcd         ID NAME URL healthy|ill                  running   this host's API server's manifest, as it was started
#
# As in stub.sh, what changes something is noted in /stub/calls and questions are not. Time passes by sleeping alone.

set -euo pipefail
shopt -s nullglob

CLUSTER=/stub/cluster
MANIFESTS=/etc/kubernetes/manifests
API=$MANIFESTS/kube-apiserver.yaml
SELF=$(cat /etc/hostname)

note() { printf '%s\n' "$NAME${*:+ ${*//$'\n'/ }}" | tr -s ' ' >> /stub/calls; }
given() { [ -e "/stub/given/$1" ]; }
told() { cat "$CLUSTER/$1"; }

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

refuses() { ! given "$1-refuses" || die "$(cat "/stub/given/$1-refuses")"; }

# The host -----------------------------------------------------------------------------------------------------------

systemctl() {
    if [[ $* == *--quiet*is-active* ]]; then
        /stub/model/systemctl "$@" > /dev/null
    else
        /stub/model/systemctl "$@"
    fi
    case "$*" in 'start kubelet' | 'restart kubelet') kubelet_starts ;; esac
}

installed() { sed -n "s/^$1 \([^-]*\).*/\1/p" /stub/packages; }

# Its own version is what was installed when it started.
kubelet_starts() {
    [ -d "$CLUSTER/nodes/$SELF" ] || return 0
    installed kubelet > "$CLUSTER/nodes/$SELF/version"
    if given kubelet-is-broken; then echo False; else echo True; fi > "$CLUSTER/nodes/$SELF/ready"
}

# Some time after its manifest has changed, the kubelet starts the API server anew.
sleep() {
    [ "$1" = 0 ] || note "$@"
    [ ! -e "$API" ] || cmp -s "$API" "$CLUSTER/running" || api_starts
}

api_starts() {
    cp "$API" "$CLUSTER/running"
    NAME='(kubelet)' note "starts kube-apiserver anew, gate $([ -e /stub/gate ] && echo closed || echo open)"
}

nft() {
    case "$*" in
        '--file -')
            note '--file - <' "$(grep -o 'tcp dport .*')"
            : > /stub/gate
            ;;
        'delete table inet archive_gate')
            rm /stub/gate 2> /dev/null || die 'Error: No such file or directory'
            note "$@"
            ;;
    esac
}

curl() {
    case ${*: -1} in
        http://127.0.0.1:10248/healthz) ! given kubelet-is-broken || exit 7 ;;
        *:10250/healthz) ! grep -qF "//$(cat /stub/given/silent 2> /dev/null || echo none):" <<< "${*: -1}" || exit 7 ;;
        *:6443/readyz) [ -e "$API" ] && [ -e "$CLUSTER/api" ] && ! given api-is-broken || exit 22 ;;
        */livez)
            [ -e "$CLUSTER/api" ] || exit 7
            [[ $* != *--head* ]] ||
                printf 'HTTP/2 200\r\ndate: %s\r\n' "$(LC_ALL=C date --utc --date "$(told clock || echo now)" '+%a, %d %b %Y %T GMT')"
            ;;
    esac
}

openssl() { cat > /dev/null && echo 'a public key'; }
ip() { note "$@"; }
iptables() { case "$*" in *--list-rules*) ;; *) note "$@" ;; esac; }
iptables-save() { printf '%s\n' '-A INPUT -j KUBE-FIREWALL' '-A INPUT -j ACCEPT'; }
iptables-restore() { note '<' "$(cat)"; }

# kubeadm ------------------------------------------------------------------------------------------------------------

kubeadm() {
    local config=''
    [[ ! " $* " =~ ' --config '([^ ]*) ]] || config=${BASH_REMATCH[1]}
    note "$@" ${config:+"< $(sed -n 's/^kind: //p' "$config" | paste -s -d ' ')"}
    if [ -n "$config" ]; then
        [ "$(stat --format=%a "$config")" = 600 ] || die "others may read $config"
        ! grep -q '@[A-Z_]*@' "$config" || die "$config is not filled in"
        grep -oE '(token|certificateKey): .*|sha256:.*' "$config" | tee /dev/stderr || true # kubeadm does say such things
    fi
    case "$*" in
        'init --config'*) kubeadm_init ;;
        'join --config'*) kubeadm_join ;;
        'init phase etcd local'* | 'init phase control-plane all'*) make_manifests "$(wanted_version)" "$(arguments)" "$4" ;;
        'init phase bootstrap-token'*) let_join ;;
        'init phase upload-certs'*) echo kubeadm-certs >> "$CLUSTER/secrets" ;;
        'init phase'*) ;;
        'upgrade node phase kubelet-config') : > /var/lib/kubelet/config.yaml ;;
        'upgrade apply'*)
            refuses kubeadm-upgrade
            sed -n 's/^  kubernetesVersion: v//p' "$config" > "$CLUSTER/version"
            kubeadm_upgrade
            ;;
        'upgrade node'*) kubeadm_upgrade ;;
        reset*)
            sed -i "/ $SELF /d" "$CLUSTER/etcd"
            rm -rf "$MANIFESTS"/*.yaml /etc/kubernetes/*.conf /etc/kubernetes/pki
            ;;
    esac
}

wanted_version() { sed -n 's/^kubernetesVersion: v//p' "$config"; }
arguments() { sed -n '/^apiServer:/,/^kind:/p' "$config" | sha256sum; }

let_join() { sed -nE "s/.* token: '?([^'.]*).*/bootstrap-token-\1/p" "$config" >> "$CLUSTER/secrets"; }

kubeadm_init() {
    files_are_missing
    mkdir -p /etc/kubernetes/pki && : > /etc/kubernetes/pki/ca.crt
    refuses kubeadm-init
    enter "$(wanted_version)"
    : > "$CLUSTER/api"
    wanted_version > "$CLUSTER/version"
    let_join
}

kubeadm_join() {
    files_are_missing
    [ -e "$CLUSTER/api" ] || die 'error execution phase preflight: could not reach the API server'
    mkdir -p /etc/kubernetes/pki && : > /etc/kubernetes/pki/ca.crt
    refuses kubeadm-join
    enter "$(told version)"
}

# kubeadm's preflight
files_are_missing() {
    local found=(/etc/kubernetes/*.conf "$MANIFESTS"/*.yaml /etc/kubernetes/pki/ca.crt)
    [ -e "${found[-1]}" ] || unset 'found[-1]'
    [ ${#found[@]} = 0 ] || die "[ERROR FileAvailable]: ${found[*]} already exists"
}

# enter VERSION: what init and join leave on the host, and in the cluster.
enter() {
    mkdir -p "$CLUSTER/nodes/$SELF" /var/lib/kubelet
    : > /var/lib/kubelet/config.yaml
    : > /etc/kubernetes/kubelet.conf
    chmod 600 /etc/kubernetes/kubelet.conf
    echo 'enabled active' > /stub/services/kubelet
    kubelet_starts
    grep -qE '^(controlPlane|kind: InitConfiguration)' "$config" || return 0
    echo 'client-key-data: planted-in-the-kubeconfig' > /etc/kubernetes/admin.conf
    echo "id-$SELF $SELF https://$(told address):2379 healthy" >> "$CLUSTER/etcd"
    make_manifests "$1" "$(arguments)" etcd
    make_manifests "$1" "$(arguments)" control-plane
    cp "$API" "$CLUSTER/running"
}

# make_manifests VERSION ARGUMENTS etcd|control-plane: with what the patches say.
make_manifests() {
    local component components=(etcd)
    [ "$3" = etcd ] || components=(kube-apiserver kube-controller-manager kube-scheduler)
    mkdir -p "$MANIFESTS"
    for component in "${components[@]}"; do
        (umask 077 && printf 'image: registry.k8s.io/%s:v%s\n%s\narguments: %s\n' "$component" "$1" \
            "$(cat "/etc/kubernetes/archive/patches/${component}0+merge.yaml")" "$2" > "$MANIFESTS/$component.yaml")
    done
}

# What runs containers; one process plays etcd, when a test gives it.
crictl() {
    case "$1" in
        inspect) ! given etcd || cat /stub/given/etcd ;;
        stop) note "$@" ;;
    esac
}

# It waits for each pod that it changes, and for etcd's until somebody helps. The cluster's own configuration keeps the arguments.
kubeadm_upgrade() {
    local tries
    [ "$(installed kubeadm)" = "$(told version)" ] || die "this kubeadm is $(installed kubeadm), and not $(told version)"
    refuses kubeadm-upgrade
    [ -e "$API" ] || return 0
    if given etcd; then
        NAME='(kubeadm)' note 'exchanges etcd'
        kill "$(cat /stub/given/etcd)"
        for tries in {1..600}; do
            ! grep -q '^systemctl restart kubelet' /stub/calls || break
            command sleep 0.1
        done
        [ "$tries" != 600 ] || die 'error: static Pod hash for component etcd did not change after 5m0s'
    fi
    sed -i "s/^\(image: .*:v\).*/\1$(told version)/" "$MANIFESTS"/*.yaml
    cmp -s "$API" "$CLUSTER/running" || api_starts
}

# kubectl ------------------------------------------------------------------------------------------------------------

kubectl() {
    local as='' words=() node
    while [ $# -gt 0 ]; do
        case $1 in
            --kubeconfig) as=$2 && shift ;;
            --request-timeout) shift ;;
            *) words+=("$1") ;;
        esac
        shift
    done
    set -- "${words[@]}"
    NAME="kubectl (${as##*/})"
    [ -z "$as" ] || [ -e "$as" ] || die "error: stat $as: no such file or directory"
    [ -e "$CLUSTER/api" ] || die 'Unable to connect to the server'
    [ "${as##*/}" != kubelet.conf ] || may_a_kubelet "$@" || die 'Error from server (Forbidden)'
    node=$CLUSTER/nodes/${3:-}
    case "$1 $2" in
        'get --raw') ;;
        'get node') about_node "$5" ;;
        'get nodes')
            words=("$CLUSTER"/nodes/*)
            [[ ! $* =~ control-plane ]] || words=("$CLUSTER"/nodes/cp*)
            for node in "${words[@]}"; do about_node "${*: -1}"; done
            ;;
        'get pods') sed -n "s/^${5#*=} //p" "$CLUSTER/pods" ;;
        'get pod') sed -n 's/.*archive.reads: "\(.*\)".*/\1/p' "$CLUSTER/running" ;;
        'get configmap')
            if [ "$3" = kubeadm-config ]; then printf 'kubernetesVersion: v%s\n' "$(told version)"; else cat "$CLUSTER/turn"; fi
            ;;
        'get secret') ! grep -qxF "$3" "$CLUSTER/secrets" || echo 'a-uid' ;;
        'get certificatesigningrequests') ;;
        'exec --namespace') ask_etcd "${@:6}" ;;
        *)
            [ "$1" != apply ] || set -- "$@" '<' "$(sed -n 's/^kind: //p' "${3/#-//dev/stdin}" | paste -s -d ' ')"
            note "$@"
            change_cluster "$@"
            ;;
    esac
}

# The Node authorizer, NodeRestriction, and the step's own role.
may_a_kubelet() {
    case "$1 $2 ${3:-}" in
        "get node $SELF" | "patch node $SELF" | 'get pods '* | *' configmap archive-upgrade-turn') ;;
        'create --raw '*/eviction) ;;
        *) return 1 ;;
    esac
}

about_node() {
    [ -d "$node" ] || die "Error from server (NotFound): nodes \"${node##*/}\" not found"
    case $1 in
        *unschedulable*) [ ! -e "$node/cordoned" ] || echo true ;;
        *archive/cordoned*) [ ! -e "$node/ours" ] || echo yes ;;
        *archive/managed*) printf '%s\t%s\n' "${node##*/}" "$(cat "$node/managed" 2> /dev/null)" ;;
        *'{.metadata.name} {'*) printf '%s v%s %s\n' "${node##*/}" "$(< "$node/version")" "$(< "$node/ready")" ;;
        *kubeletVersion*) printf 'v%s %s\n' "$(< "$node/version")" "$(< "$node/ready")" ;;
        *) cat "$node/ready" ;;
    esac
}

change_cluster() {
    local was=nobody
    case "$1 $2" in
        'patch node') if [[ $* == *'"yes"'* ]]; then : > "$node/cordoned" && : > "$node/ours"; else rm "$node"/{cordoned,ours}; fi ;;
        'patch configmap')
            [[ $* != *'"test"'* ]] || was=$(sed -E 's/.*"test"[^}]*"value": "([^"]*)".*/\1/' <<< "$*")
            [[ $* != *'"test"'* ]] || [ "$was" = "$(told turn)" ] || die 'the server rejected our request: test failed'
            sed -E 's/.*"(value|holder)": "([^"]*)".*/\2/' <<< "$*" > "$CLUSTER/turn"
            ;;
        'create --raw')
            [[ $(cat) == *'"kind": "Eviction"'* ]] || die 'this is no eviction'
            ! grep -qxF "$(cut -d / -f 7 <<< "$3")" "$CLUSTER/budget" || die 'Cannot evict pod as it would violate the budget'
            sed -i "/ $(cut -d / -f 7 <<< "$3") /d" "$CLUSTER/pods"
            ;;
        'create configmap') printf '%s\n' "${*: -1}" | cut -d = -f 2 > "$CLUSTER/turn" ;;
        'delete node') rm -r "$node" ;;
        'delete secret') : > "$CLUSTER/secrets" ;;
        'label node' | 'taint node')
            for each in "${@:4}"; do
                [ "$each" = --overwrite ] || put "${1}s" "$each"
            done
            ;;
        'annotate node') printf '%s' "${4#*=}" > "$node/managed" ;;
    esac
}

# put labels|taints KEY=VALUE|KEY-: one of a node's. Only a taint has to be there to be removed.
put() {
    touch "$node/$1"
    if [[ $2 == *- ]]; then
        [ "$1" = labels ] || grep -qE "^${2%-}(=|\$)" "$node/$1" || die "error: ${2%-} not found"
        sed -i -E "\\#^${2%-}(=|\$)#d" "$node/$1"
    else
        sed -i "\\#^${2%%=*}=#d" "$node/$1"
        printf '%s\n' "$2" >> "$node/$1"
    fi
}

ask_etcd() {
    case "$*" in
        *'member list') awk '{print $1 ", started, " $2 ", peer, " $3 ", false"}' "$CLUSTER/etcd" ;;
        *health*)
            sed -n 's/^[^ ]* [^ ]* \(.*\) healthy$/\1 is healthy: took = 1ms/p' "$CLUSTER/etcd"
            ! grep -q ' ill$' "$CLUSTER/etcd" || die 'Error: unhealthy cluster'
            ;;
        *'member remove'*)
            NAME=etcdctl note "${*: -3}"
            sed -i "/^${*: -1} /d" "$CLUSTER/etcd"
            ;;
    esac
}

NAME=${0##*/}
"$NAME" "$@"
