# shellcheck shell=bash
# Help for etcd while kubeadm gives it another version.
#
# kubeadm waits, five minutes at most, until the API server tells of etcd's new pod. The kubelet has to tell it, asks it to delete
# the old one before it starts the new one, and asks this host's API server alone, which does not answer without its etcd: a
# minute passes for each of the two, and a lone control plane's upgrade may fail for it (kubernetes/kubeadm issues 2991, 3297).
# An API server that is stopped refuses at once, and a kubelet that starts tells of all its pods.

: "${GATE:?}" "${ADDRESS:?}"

# with_etcd_helped COMMAND...: one that may exchange etcd.
with_etcd_helped() {
    local helper
    # Without the step's outputs and lock: a step that is killed does not leave them with it
    help_etcd > /dev/null 2>&1 9>&- &
    helper=$!
    "$@"
    pkill --parent "$helper" || true
    kill "$helper" 2> /dev/null || true
}

help_etcd() {
    timeout 300 tail --pid="$(process_of etcd)" --follow /dev/null || return 0
    crictl stop --timeout 2 "$(container_of kube-apiserver)"
    until_true 120 "$GATE" ready "$ADDRESS" || return 0
    systemctl restart kubelet
}

container_of() { crictl ps --quiet --name "^$1\$" --label io.kubernetes.pod.namespace=kube-system; }
process_of() { crictl inspect --output go-template --template '{{.info.pid}}' "$(container_of "$1")"; }
