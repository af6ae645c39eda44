# shellcheck shell=bash
# The system below everything: DNS, time, swap, kernel modules, kernel settings.

: "${KEEP_SWAP?}"

RESOLVED=/usr/lib/systemd/systemd-resolved
CHRONY=/usr/sbin/chronyd
MODULES=(overlay br_netfilter)
MODULES_FILE=/etc/modules-load.d/archive.conf
SYSCTL_FILE=/etc/sysctl.d/90-archive.conf
# Forwarding and bridged packets are for pods' networks. The vm. and kernel. ones are what a kubelet with protectKernelDefaults
# insists on (pkg/kubelet/cm: setupKernelTunables). The default inotify limits run out with some tens of pods.
SYSCTLS=(
    net.ipv4.ip_forward=1
    net.bridge.bridge-nf-call-iptables=1
    net.bridge.bridge-nf-call-ip6tables=1
    vm.overcommit_memory=1
    vm.panic_on_oom=0
    kernel.panic=10
    kernel.panic_on_oops=1
    kernel.keys.root_maxkeys=1000000
    kernel.keys.root_maxbytes=25000000
    fs.inotify.max_user_instances=8192
    fs.inotify.max_user_watches=524288
)

# DNS and time -------------------------------------------------------------------------------------------------------

# Programs of the host ask the stub; pods, which do not reach it, are given the servers themselves by the kubelet.
ensure_dns() {
    ensure_dns_settings
    ensure_service systemd-resolved
    planning || until_true 10 test -e /run/systemd/resolve/stub-resolv.conf || fail "systemd-resolved does not start: see" \
        "'journalctl -u systemd-resolved'"
    ensure_link /etc/resolv.conf ../run/systemd/resolve/stub-resolv.conf
}

ensure_dns_settings() {
    local reader=''
    [ ! -x "$RESOLVED" ] || reader=systemd-resolved
    ensure_file /etc/systemd/resolved.conf.d/10-archive.conf 644 root:root "$reader" <<- SETTINGS
		# Made by Game Archive. Changes are overwritten.
		[Resolve]
		DNS=${RESOLVERS[*]}
		FallbackDNS=
		Domains=~.
	SETTINGS
}

ensure_time() {
    ensure_stopped systemd-timesyncd
    ensure_time_settings
    ensure_service chrony
}

ensure_time_settings() {
    local reader=''
    [ ! -x "$CHRONY" ] || reader=chrony
    ensure_file /etc/chrony/chrony.conf 644 root:root "$reader" < <(time_settings)
}

# A clock that is far off is set at once in the first three answers, later it is only slewed.
time_settings() {
    printf '# Made by Game Archive. Changes are overwritten.\n'
    printf 'server %s iburst\n' "${TIME_SERVERS[@]}"
    cat <<- 'SETTINGS'
		driftfile /var/lib/chrony/chrony.drift
		dumpdir /var/lib/chrony
		logdir /var/log/chrony
		makestep 1.0 3
		rtcsync
		leapsectz right/UTC
		cmdport 0
	SETTINGS
}

# Swap ---------------------------------------------------------------------------------------------------------------

SWAP_LINES='^[^#][^[:space:]]*[[:space:]]+[^[:space:]]+[[:space:]]+swap[[:space:]]'

# The kubelet refuses to start with swap, unless the operator told it that swap is well. Masking the target keeps swap off that is
# in no fstab: partitions that systemd finds by itself, and zram.
ensure_swap_off() {
    local used
    [ -z "$KEEP_SWAP" ] || return 0
    mapfile -t used < /proc/swaps
    [ ${#used[@]} -le 1 ] || change "switch swap off" swapoff --all
    ensure_lines_out /etc/fstab "$SWAP_LINES"
    ensure_link /etc/systemd/system/swap.target /dev/null
    mapfile -t used < /proc/swaps
    if [ ${#used[@]} -le 1 ]; then item swap off; else item swap on; fi
}

# Kernel -------------------------------------------------------------------------------------------------------------

ensure_modules() {
    local module
    ensure_file "$MODULES_FILE" 644 root:root '' < <(printf '%s\n' "${MODULES[@]}")
    for module in "${MODULES[@]}"; do
        if ! has_module "$module"; then
            if is_container; then
                planning || warn "the kernel module $module is missing: load it on the machine that runs this container"
            else
                change "load the kernel module $module" load_module "$module"
            fi
        fi
        if has_module "$module"; then item "module:$module" there; else item "module:$module" missing; fi
    done
}

# Also when it is built into the kernel and no module at all.
has_module() {
    case $1 in
        overlay) grep -qw overlay /proc/filesystems ;;
        br_netfilter) [ -d /proc/sys/net/bridge ] ;;
    esac
}

is_container() { [ "$(systemd-detect-virt --container 2> /dev/null)" != none ]; }

load_module() {
    modprobe "$1" || fail "cannot load the kernel module $1: install the kernel's modules (on Ubuntu" \
        "linux-modules-extra-$(uname -r)), or start a kernel that has it"
    has_module "$1" || fail "the kernel module $1 is loaded, and does not work: start another kernel"
}

ensure_sysctls() {
    local each key path wanted
    ensure_file "$SYSCTL_FILE" 644 root:root '' < <(printf '%s\n' "${SYSCTLS[@]}")
    for each in "${SYSCTLS[@]}"; do
        key=${each%%=*} wanted=${each#*=}
        path=/proc/sys/${key//.//}
        read_sysctl "$path"
        if [ "$FOUND" != "$wanted" ] && [ -w "$path" ]; then
            change "set $key to $wanted" set_sysctl "$path" "$wanted"
            planning || read_sysctl "$path"
        fi
        [ "$FOUND" = "$wanted" ] || planning ||
            warn "$key is $FOUND and cannot be set here: set it to $wanted where this host's kernel is governed"
        item "sysctl:$key" "$FOUND"
    done
}

# Sets FOUND.
read_sysctl() { read -r FOUND 2> /dev/null < "$1" || FOUND=missing; }

# Some look writable, and are not for a container.
set_sysctl() { printf '%s\n' "$2" 2> /dev/null > "$1" || true; }

# What the kernel has now stays until the next start.
remove_node_settings() {
    ensure_absent "$SYSCTL_FILE"
    ensure_absent "$MODULES_FILE"
    ensure_lines_back /etc/fstab
    [ "$(readlink /etc/systemd/system/swap.target)" != /dev/null ] || change "allow swap again" rm /etc/systemd/system/swap.target
}
