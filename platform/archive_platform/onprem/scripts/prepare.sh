# shellcheck shell=bash
# A bare server becomes ready for its roles: reachable by its administrators alone, in time, with a firewall; and, for a node of
# Kubernetes, with containerd and kubeadm in the versions that the settings name.
#
#   apply   looks first whether the host can become what it is to be, and tells everything that is in the way at once
#   remove  takes back what would hurt a host that leaves the cluster
#   plan    says what apply would do
#
# What makes a server safer stays when it leaves: administrators, sshd's settings, DNS, time.

: "${ROLE?}" "${VERSION:?}" "${BUNDLE?}"

main() {
    begin "$1"
    identify
    if [ "$VERB" = remove ]; then
        leave
    else
        preflight
        ensure_sources
        ensure_packages_whole
        ensure_name
        ensure_software
        ensure_administrators
        ensure_sshd
        ensure_receiver
        ensure_time
        ensure_firewall
        [ -z "$ROLE" ] || ensure_node
    fi
    answer
}

# The distribution: OS (debian), OS_RELEASE (12), CODENAME (bookworm).
identify() {
    local name value
    OS='' OS_RELEASE='' CODENAME=''
    while IFS='=' read -r name value; do
        value=${value//[\"\']/}
        case $name in
            ID) OS=$value ;;
            VERSION_ID) OS_RELEASE=$value ;;
            VERSION_CODENAME) CODENAME=$value ;;
        esac
    done < /etc/os-release
}

# A server whose DNS does not work gets ours before it is to fetch anything, if it has the program.
ensure_software() {
    local packages=("${PACKAGES[@]}") later=()
    if [ -x "$RESOLVED" ]; then
        ensure_dns
    else
        packages+=(systemd-resolved)
    fi
    [ -z "$ROLE" ] || ensure_repository
    planning || write_settings_of_packages
    mapfile -t later < <(node_packages)
    planning || ensure_installed "${packages[@]}" "${later[@]}" # a plan lets each say what is missing
    ensure_packages "${packages[@]}"
    if [ "${packages[-1]}" = systemd-resolved ]; then
        forget package:systemd-resolved # a package of its own in some distributions only
        ensure_dns
    fi
}

# A package starts what it brings, which then reads our settings and need not be started again.
write_settings_of_packages() {
    ensure_dns_settings
    ensure_time_settings
}

# What ensure_node will want, to be installed with the rest.
node_packages() {
    [ -n "$ROLE" ] || return 0
    printf '%s\n' "containerd${CONTAINERD_VERSION:+=$CONTAINERD_VERSION}"
    is_member || printf '%s\n' "${KUBERNETES_PACKAGES[@]/%/=$VERSION}"
}

ensure_node() {
    ensure_swap_off
    ensure_modules
    ensure_sysctls
    ensure_containerd
    ensure_plugins
    # On a member the node step does this, one node after another.
    if is_member; then
        ensure_held "${KUBERNETES_PACKAGES[@]}"
    else
        ensure_pinned "$VERSION" "${KUBERNETES_PACKAGES[@]}"
        ensure_bundle_images "$VERSION"
    fi
    # The versions are the node step's to tell: an upgrade changes them after this step has answered.
    forget "${KUBERNETES_PACKAGES[@]/#/package:}"
}

is_member() { [ -e /etc/kubernetes/kubelet.conf ]; }

leave() {
    remove_receiver
    release containerd "${KUBERNETES_PACKAGES[@]}"
    remove_firewall
    ensure_block /etc/hosts hosts < /dev/null
    remove_node_settings
    restore_sources
}

release() {
    local name held=()
    read_packages
    for name in "$@"; do
        [ -z "${HELD[$name]:-}" ] || held+=("$name")
    done
    [ ${#held[@]} = 0 ] || change "no longer hold ${held[*]}" apt-mark unhold "${held[@]}" > /dev/null
}
