# shellcheck shell=bash
# What runs containers: containerd, the plugins of every pod's network, and the settings of crictl.

: "${CONTAINERD_VERSION?}"

CONTAINERD_HOSTS=/etc/containerd/certs.d
PLUGINS=/opt/cni/bin
NEEDED_PLUGINS=(bridge host-local loopback portmap)

ensure_containerd() {
    local version registry
    if [ -n "$CONTAINERD_VERSION" ]; then
        ensure_pinned "$CONTAINERD_VERSION" containerd
    else
        ensure_packages containerd
        ensure_held containerd
    fi
    version=${INSTALLED[containerd]:-}
    # Its configuration changed with 2.0. A plan for a host without containerd supposes the older one.
    case ${version#*:} in
        '' | [01].*) version=1 ;;
        *) version=2 ;;
    esac
    ensure_file /etc/containerd/config.toml 644 root:root containerd <<< "${CONTAINERD_CONFIG[$version]%$'\n'}"
    while read -r registry; do
        [ -z "$registry" ] || ensure_file "$CONTAINERD_HOSTS/$registry/hosts.toml" 644 root:root '' <<< "${MIRRORS[$registry]%$'\n'}"
    done < <(printf '%s\n' "${!MIRRORS[@]}" | LC_ALL=C sort)
    remove_other_mirrors
    ensure_file /etc/crictl.yaml 644 root:root '' <<- 'SETTINGS'
		runtime-endpoint: unix:///run/containerd/containerd.sock
		image-endpoint: unix:///run/containerd/containerd.sock
	SETTINGS
    ensure_service containerd
}

# Those that we made and the settings no longer name; the operator's own stay.
remove_other_mirrors() {
    local path registry
    for path in "$CONTAINERD_HOSTS"/*/hosts.toml; do
        registry=${path%/hosts.toml}
        registry=${registry##*/}
        if [ -z "${MIRRORS[$registry]:-}" ] && grep -qs '^# Made by Game Archive' "$path"; then
            ensure_absent "$path"
            forget "file:$path"
        fi
    done
}

# Where the kubelet's packages and the network plugins put theirs too: what is there already is theirs.
ensure_plugins() {
    local plugin missing=''
    for plugin in "${NEEDED_PLUGINS[@]}"; do
        [ -x "$PLUGINS/$plugin" ] || missing=yes
    done
    [ -z "$missing" ] || change "link the network plugins into $PLUGINS" link_plugins
    missing=''
    for plugin in "${NEEDED_PLUGINS[@]}"; do
        [ -x "$PLUGINS/$plugin" ] || missing+=" $plugin"
    done
    item plugins "${missing:-there}"
}

link_plugins() {
    local path
    install -d -m 0755 "$PLUGINS"
    for path in /usr/lib/cni/*; do
        [ -x "$PLUGINS/${path##*/}" ] || ln -sf "$path" "$PLUGINS/${path##*/}"
    done
}
