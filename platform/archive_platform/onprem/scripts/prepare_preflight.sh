# shellcheck shell=bash
# Whether the host can become what it is to be. Everything in the way is told at once, before anything is changed.
#
# Numbers and names of checks are kubeadm's where it has the same check (cmd/kubeadm/app/preflight), so that
# archive:kubernetes.ignorePreflightErrors silences both.

: "${OS:=}" "${OS_RELEASE:=}" "${LEAST_CPUS:?}" "${LEAST_MEGABYTES:?}" "${LEAST_GIGABYTES:?}" "${SSH_USER:?}"
: "${CGROUP_V1?}" "${CLOCK_URL?}"

SKEW_SECONDS=30
PEER_SECONDS=60 # a host that is starting gets that long
OWN_PROGRAMS=' etcd kube-apiserver kube-controller kube-scheduler kubelet nginx ' # as the kernel cuts names: 15 letters
PROBLEMS=()

preflight() {
    check_system
    check_size
    check_cgroups
    check_ports
    check_login
    check_peers
    check_clock
    verdict
}

# problem CHECK WORDS...
problem() {
    local check=$1 ignored
    shift
    for ignored in "${IGNORED[@]}"; do
        if [ "${ignored,,}" = "${check,,}" ]; then
            warn "$* (ignored, as archive:kubernetes.ignorePreflightErrors says)"
            return
        fi
    done
    PROBLEMS+=("$* [$check]")
}

verdict() {
    local each
    [ ${#PROBLEMS[@]} -gt 0 ] || return 0
    if planning; then
        CHANGES+=("${PROBLEMS[@]/#/refuse: }")
        return
    fi
    for each in "${PROBLEMS[@]}"; do
        say "$each"
    done
    fail "this host cannot be prepared, for what is said above. Nothing was changed"
}

check_system() {
    local architecture
    case "$OS $OS_RELEASE" in
        'debian 12' | 'debian 13' | 'ubuntu 22.04' | 'ubuntu 24.04') ;;
        *) fail "runs '$OS $OS_RELEASE', which is not supported: install Debian 12 or 13, or Ubuntu 22.04 or 24.04" ;;
    esac
    architecture=$(dpkg --print-architecture)
    [[ " amd64 arm64 " == *" $architecture "* ]] ||
        fail "is of architecture $architecture, and software is there for amd64 and arm64 only"
    [ -d /run/systemd/system ] || fail "was not started by systemd, which everything here relies on"
}

check_size() {
    local cpus key kilobytes=0 value free
    cpus=$(nproc)
    [ "$cpus" -ge "$LEAST_CPUS" ] || problem NumCPU "has $cpus CPU, and needs $LEAST_CPUS"
    while read -r key value _; do
        [ "$key" != MemTotal: ] || kilobytes=$value
    done < /proc/meminfo
    [ $((kilobytes / 1024)) -ge "$LEAST_MEGABYTES" ] ||
        problem Mem "has $((kilobytes / 1024)) MB of memory, and needs $LEAST_MEGABYTES"
    free=$(df --output=avail --block-size=M /var | tail -n 1 | tr -dc 0-9)
    [ "$free" -ge $((LEAST_GIGABYTES * 1024)) ] ||
        problem Disk "has $free MB left for /var, and needs $((LEAST_GIGABYTES * 1024)): add space or remove something"
}

# What the kubelet needs; cgroup v2 lists its controllers in one place, v1 in another.
check_cgroups() {
    local controller found missing=''
    [ -n "$ROLE" ] || return 0
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        found=" $(cat /sys/fs/cgroup/cgroup.controllers) "
        set -- cpu cpuset memory pids
    else
        [ -n "$CGROUP_V1" ] ||
            problem SystemVerification "has cgroup v1, which Kubernetes $VERSION refuses: start its kernel with" \
                "systemd.unified_cgroup_hierarchy=1"
        found=" $(sed -n 's/\t.*\t1$//p' /proc/cgroups | tr '\n' ' ') "
        set -- cpu cpuacct cpuset devices freezer memory pids
    fi
    for controller in "$@"; do
        [[ $found == *" $controller "* ]] || missing+=" $controller"
    done
    [ -z "$missing" ] || problem SystemVerification "lacks the cgroup controllers$missing: start its kernel with them"
}

# A port may be taken by what we put there ourselves.
check_ports() {
    local local_address users port program
    [ ${#PORTS[@]} -gt 0 ] || return 0
    while read -r _ _ _ local_address _ users; do
        port=${local_address##*:}
        [[ " ${PORTS[*]} " == *" $port "* ]] || continue
        program=${users#*\"}
        program=${program%%\"*}
        [[ $OWN_PROGRAMS == *" $program "* ]] ||
            problem "Port-$port" "port $port is taken by ${program:-somebody}: stop it, or move it elsewhere"
    done < <(ss --no-header --listening --tcp --numeric --processes 2> /dev/null | sort --unique)
}

# sshd will let in nobody without a key.
check_login() {
    local home
    home=$(getent passwd "$SSH_USER" | cut -d : -f 6) || true
    grep -qsE '^[^#]*(ssh-|ecdsa-|sk-)' "$home"/.ssh/authorized_keys{,2} && return 0
    # Keys may come from elsewhere: a command, or a certificate authority.
    sshd -T 2> /dev/null | grep -E '^(authorizedkeyscommand|trustedusercakeys) /' > /dev/null && return 0
    problem Login "$SSH_USER has no key in ~/.ssh/authorized_keys, and would be locked out: add one with ssh-copy-id"
}

# A plan asks on a host that was not prepared yet: each question starts a peer's sshd, and every host asks all others.
check_peers() {
    local left=("${PEERS[@]}") deadline=$((SECONDS + PEER_SECONDS)) peer name address port
    [ ${#left[@]} -gt 0 ] || return 0
    ! planning || ! was_told || return 0
    while mapfile -t left < <(unreachable "${left[@]}" | LC_ALL=C sort) && [ ${#left[@]} -gt 0 ]; do
        if planning || [ "$SECONDS" -ge "$deadline" ]; then
            for peer in "${left[@]}"; do
                read -r name address port <<< "$peer"
                problem Peer "does not reach $name at $address, port $port: check that it runs, the network and firewalls between" \
                    "the two; a host that is gone for good gets lost: true"
            done
            return
        fi
        sleep 1
    done
}

# unreachable "NAME ADDRESS PORT"...: those whose SSH does not answer, all asked at once.
unreachable() {
    local peer answers
    answers=$(reachable "${@#* }")
    for peer in "$@"; do
        [[ $'\n'$answers$'\n' == *$'\n'"${peer#* }"$'\n'* ]] || printf '%s\n' "$peer"
    done
}

# shellcheck disable=SC2016  # for the inner shell
reachable() {
    timeout 2 bash -c 'for peer; do
        (exec 3<> "/dev/tcp/${peer% *}/${peer#* }" && printf "%s\n" "$peer") 2> /dev/null &
    done; wait' - "$@" || true
}

# Against the server that software comes from. Joins are compared with the API server's clock again.
check_clock() {
    local theirs skew
    [ -n "$CLOCK_URL" ] && command -v curl > /dev/null || return 0
    theirs=$(curl --silent --head --insecure --max-time 5 "$CLOCK_URL/" | sed -n 's/^[Dd]ate: //p' | tr -d '\r') || true
    [ -n "$theirs" ] || return 0
    skew=$(($(date +%s) - $(date --date "$theirs" +%s)))
    [ "${skew#-}" -le "$SKEW_SECONDS" ] ||
        problem Clock "its clock is ${skew#-} s away from that of $CLOCK_URL, and $SKEW_SECONDS are allowed: set it with" \
            "date --set='$theirs'"
}
