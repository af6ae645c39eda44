# shellcheck shell=bash
# Puts a snapshot of etcd back, in phases: each is done on all control planes before the next one begins anywhere.
#
#   look     reads what the host is and has
#   stage    the snapshot is here and whole, and becomes a new member's data beside the old; nothing is stopped yet
#   stop     API server, controllers and etcd end, and stay ended also when the host starts anew
#   swap     the old data is set aside, the new takes its place
#   etcd     etcd starts; all members have to be there
#   api      API server and controllers start
#   finish   the kubelet looks anew at everything; what the restore needed goes
#   kubelet  the same on a node that is no control plane
#
# Every phase can be run again, and the whole from the start, after it died anywhere: the mark RESTORING is there from the first
# thing that is stopped to the last that is well, and the data that it found first is never removed by a later try.

: "${PHASE:?}" "${SNAPSHOT?}" "${DIGEST?}" "${FOUND?}" "${MEMBERS?}" "${ADDRESS?}" "${TOKEN?}" "${STARTED?}"

MANIFESTS=/etc/kubernetes/manifests
ASIDE=/etc/kubernetes/archive/restore-manifests
RESTORING=/etc/kubernetes/archive/restore
STAGED=/var/lib/archive/restore
DATA=/var/lib/etcd
NEW=$DATA/restore-new
SPARE=268435456 # bytes that stay free
KEPT=2          # old data that is kept, of as many restores
# Above every revision that a client may have seen since the snapshot, so that watches notice and read everything anew.
REVISIONS=1000000000

main() {
    begin "$1"
    case $PHASE in
        look) describe ;;
        stage) stage ;;
        stop) stop ;;
        swap) swap ;;
        etcd) start_etcd ;;
        api) start_api ;;
        finish) finish ;;
        kubelet) restart_kubelet ;;
        *) fail "there is no phase $PHASE" ;;
    esac
    answer
}

# Looking ------------------------------------------------------------------------------------------------------------

describe() {
    extra member "$(if [ -n "$(manifest etcd)" ] && [ -e "$ETCD_PKI/server.key" ]; then printf yes; else printf no; fi)"
    extra version "$(sed -n 's#^ *image: .*/kube-apiserver:v##p' "$(manifest kube-apiserver)" 2> /dev/null || true)"
    extra cluster "$(cut -c 1-12 <<< "$(sha256sum "${ETCD_PKI%/etcd}/ca.crt" 2> /dev/null || true)")"
    extra staged "$(cut -d ' ' -f 1 "$STAGED/snapshot.db.sha256" 2> /dev/null || true)"
    extra begun "$(cat "$RESTORING" 2> /dev/null || true)"
}

# manifest COMPONENT: where it is, in use or set aside; nothing when it is nowhere.
manifest() {
    local folder
    for folder in "$MANIFESTS" "$ASIDE"; do
        [ ! -e "$folder/$1.yaml" ] || {
            printf '%s' "$folder/$1.yaml"
            return
        }
    done
}

# Staging ------------------------------------------------------------------------------------------------------------

# FOUND: the snapshot's path when this host has it itself; otherwise it was sent to snapshot.db.
stage() {
    local bytes free
    install -d -m 0700 "$STAGED"
    [ -z "$FOUND" ] || cp "$FOUND" "$STAGED/snapshot.db"
    [ "$(sha256sum < "$STAGED/snapshot.db")" = "$DIGEST  -" ] || fail "$SNAPSHOT did not arrive whole. Try again"
    printf '%s  snapshot.db\n' "$DIGEST" > "$STAGED/snapshot.db.sha256"
    ensure_etcd_tools "$(manifest etcd)"
    rm -rf "$NEW"
    bytes=$(stat --format=%s "$STAGED/snapshot.db")
    free=$(df --output=avail --block-size=1 "$DATA" | tail -n 1)
    [ "$free" -ge $((bytes + SPARE)) ] ||
        fail "only $((free >> 20)) MiB are free in $DATA, and the snapshot takes $((bytes >> 20)) MiB: make room"
    "$ETCD_BIN/etcdutl" snapshot restore "$STAGED/snapshot.db" --data-dir "$NEW" --name "$HOST" \
        --initial-cluster "$MEMBERS" --initial-advertise-peer-urls "https://$ADDRESS:2380" --initial-cluster-token "$TOKEN" \
        --bump-revision "$REVISIONS" --mark-compacted > "$STAGED/log" 2>&1 ||
        fail "etcdutl cannot restore $SNAPSHOT: $(tail -n 1 "$STAGED/log")"
    sync --file-system "$NEW"
    say "the snapshot is here and whole"
}

# Stopping -----------------------------------------------------------------------------------------------------------

stop() {
    local component
    [ -e "$NEW/member" ] || fail "the snapshot is not staged here: begin again"
    mark stopped
    install -d -m 0700 "$ASIDE"
    for component in kube-scheduler kube-controller-manager kube-apiserver etcd; do
        [ ! -e "$MANIFESTS/$component.yaml" ] || mv "$MANIFESTS/$component.yaml" "$ASIDE/$component.yaml"
    done
    sync "$ASIDE" "$MANIFESTS"
    systemctl start containerd
    # Ended by the kubelet, unless that is what is broken
    if [[ $(service_state kubelet) != *' active' ]] || ! until_true 90 all_are_gone; then
        kill_control_plane
    fi
    say "etcd and the API server have ended"
}

# mark STATE: when the first try began, the snapshot's digest, and how far this try has come.
mark() {
    printf '%s %s %s\n' "$(began)" "$DIGEST" "$1" > "$RESTORING.new"
    mv -f "$RESTORING.new" "$RESTORING"
}

began() { cut -d ' ' -f 1 "$RESTORING" 2> /dev/null || printf '%s' "$STARTED"; }

# False also when containerd cannot be asked.
all_are_gone() {
    local left
    left=$(control_plane_tasks) && [ -z "$left" ]
}

kill_control_plane() {
    local id
    systemctl stop kubelet
    for id in $(control_plane_tasks); do
        ctr --namespace k8s.io tasks kill --signal SIGKILL "$id"
    done
    until_true 30 all_are_gone || fail "etcd does not end: see 'ctr -n k8s.io tasks list'"
}

# The containers of the control plane's pods that run.
control_plane_tasks() {
    local component containers running filters=()
    for component in kube-scheduler kube-controller-manager kube-apiserver etcd; do
        filters+=("labels.\"io.kubernetes.pod.name\"==$component-$HOST,labels.\"io.cri-containerd.kind\"==container")
    done
    containers=$(ctr --namespace k8s.io containers list --quiet "${filters[@]}") || return 1
    running=$(ctr --namespace k8s.io tasks list | sed -n 's/^\([^ ]*\) .*RUNNING *$/\1/p') || return 1
    [ -z "$containers" ] || grep --fixed-strings --line-regexp "$containers" <<< "$running" || true
}

# Exchanging ---------------------------------------------------------------------------------------------------------

# What the first try found is the old data; what a later one finds is the former try's.
swap() {
    local old
    if [ ! -e "$RESTORING" ] || [ -e "$MANIFESTS/etcd.yaml" ] || ! all_are_gone; then
        fail "etcd is not stopped here: begin again"
    fi
    [ -e "$NEW/member" ] || fail "the snapshot is not staged here: begin again"
    old=$DATA/before-restore-$(began)
    if [ -e "$old" ]; then
        rm -rf "$DATA/member"
    elif [ -e "$DATA/member" ]; then
        mv -T "$DATA/member" "$old"
    fi
    mv -T "$NEW/member" "$DATA/member"
    rm -rf "$NEW"
    chown -R etcd:etcd "$DATA"
    chmod 700 "$DATA" "$DATA/member"
    sync --file-system "$DATA"
    [ ! -e "$old" ] || say "what was there before is in $old"
    say "the data is the snapshot's"
}

# Starting -----------------------------------------------------------------------------------------------------------

start_etcd() {
    put_back etcd
    ensure_etcd_tools "$MANIFESTS/etcd.yaml"
    until_true 240 all_members_are_healthy ||
        fail "etcd does not come back with all its members: see 'crictl logs' and, on every control plane, 'journalctl -u kubelet'"
    say "etcd is well, with all its members"
}

# Each of them answers: with some of them silent etcd would go on, but the next failure would stop it.
all_members_are_healthy() {
    own_etcdctl endpoint health --cluster --command-timeout 5s > /dev/null 2>&1 &&
        [ "$(own_etcdctl member list 2> /dev/null | grep --count started)" = "$(tr ',' '\n' <<< "$MEMBERS" | grep --count .)" ]
}

start_api() {
    put_back kube-apiserver kube-controller-manager kube-scheduler
    until_true 240 api_is_ready || fail "the API server does not come back: see 'crictl logs' and 'journalctl -u kubelet'"
    mark started
    say "the API server is ready"
}

api_is_ready() { curl --silent --insecure --max-time 3 --fail --output /dev/null "https://$ADDRESS:6443/readyz"; }

put_back() {
    local component
    for component in "$@"; do
        [ ! -e "$ASIDE/$component.yaml" ] || mv "$ASIDE/$component.yaml" "$MANIFESTS/$component.yaml"
    done
    sync "$MANIFESTS"
    systemctl start kubelet
}

# Finishing ----------------------------------------------------------------------------------------------------------

finish() {
    local old
    while read -r old; do
        rm -rf "$old"
    done < <(find "$DATA" -maxdepth 1 -name 'before-restore-*' | LC_ALL=C sort --reverse | tail -n "+$((KEPT + 1))")
    rm -rf "$STAGED" "$ASIDE"
    rm -f "$RESTORING"
    restart_kubelet
    # The timer may have failed meanwhile, and said so.
    systemctl --no-block start archive-snapshot.service 2> /dev/null || true
}

# A kubelet tells of its node when it starts: a snapshot may be older than the node.
restart_kubelet() {
    systemctl restart kubelet
    until_true 60 kubelet_is_healthy || fail "the kubelet does not start: see 'journalctl -u kubelet'"
    say "the kubelet has started anew"
}

kubelet_is_healthy() { curl --silent --max-time 3 --fail --output /dev/null http://127.0.0.1:10248/healthz; }
