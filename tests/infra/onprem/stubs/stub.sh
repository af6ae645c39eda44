#!/usr/bin/bash
# Every program that would change the host, or tell something about the machine below it. The sandbox links this file under
# each name. What it is to say, and what was done to it, are files in /stub: a small model of a host.
#
# Calls that change something are noted in /stub/calls; questions are not.

set -euo pipefail
shopt -s nullglob

note() { printf '%s\n' "$NAME${*:+ $*}" >> /stub/calls; }

# given NAME DEFAULT: what the test wants to be said.
given() { if [ -e "/stub/given/$1" ]; then cat "/stub/given/$1"; else printf '%s\n' "$2"; fi; }

refuses() {
    [ ! -e "/stub/given/$1-refuses" ] || {
        cat "/stub/given/$1-refuses" >&2
        exit 1
    }
}

real() { exec "/machine/bin/$NAME" "$@"; }

# Services -----------------------------------------------------------------------------------------------------------

systemctl() {
    local words=() now='' word
    for word in "$@"; do
        case $word in
            --now) now=yes ;;
            -*) ;;
            *) words+=("$word") ;;
        esac
    done
    set -- "${words[@]}"
    if [ "$1" = show ] && [ $# -gt 2 ]; then # one after the other, with a line between
        for word in "${@:2}"; do
            (systemctl show "$word")
            echo
        done
        return
    fi
    local verb=$1 unit=${2:-} state=/stub/services/${2:-} enabled='' active=inactive
    [ ! -f "$state" ] || read -r enabled active < "$state"
    [ -n "$enabled" ] || [ ! -e "/etc/systemd/system/${unit%.service}.service" ] || enabled=disabled
    case $verb in
        show)
            printf 'UnitFileState=%s\nActiveState=%s\n' "$enabled" "$active"
            return
            ;;
        is-enabled)
            [ -z "$enabled" ] || printf '%s\n' "$enabled"
            [ "$enabled" = enabled ]
            return
            ;;
        is-active)
            printf '%s\n' "$active"
            [ "$active" = active ]
            return
            ;;
    esac
    note "$@" ${now:+--now}
    refuses "systemctl-$unit"
    [ -n "$unit" ] || return 0
    case $verb in
        enable) enabled=enabled ;;
        disable) enabled=disabled ;;
    esac
    case $verb$now in
        start | restart | enableyes) run_unit "$unit" ExecStart active=active ;;
        reload | try-reload-or-restart) run_unit "$unit" ExecReload ;;
        stop | disableyes) run_unit "$unit" ExecStop active=inactive ;;
    esac
    [ -z "$enabled" ] || printf '%s %s\n' "$enabled" "$active" > "$state"
}

# What a unit of ours says, and what the system's own do that a step waits for.
run_unit() {
    local line=()
    active=${3:-active=$active}
    active=${active#active=}
    [ "$1" != systemd-resolved ] || { mkdir -p /run/systemd/resolve && : > /run/systemd/resolve/stub-resolv.conf; }
    read -r -a line < <(sed -n "s/^$2=-\{0,1\}//p" "/etc/systemd/system/$1.service" 2> /dev/null) || true
    [ ${#line[@]} = 0 ] || "/usr/bin/$(basename "${line[0]}")" "${line[@]:1}"
}

# The system ---------------------------------------------------------------------------------------------------------

sshd() {
    local key
    if [ "$1" = -t ]; then
        refuses sshd
        return
    fi
    given sshd ''
    for key in PasswordAuthentication KbdInteractiveAuthentication PermitRootLogin; do
        cat /etc/ssh/sshd_config.d/*.conf /stub/sshd-defaults | grep "^$key " | head -n 1 | tr '[:upper:]' '[:lower:]'
    done
}

nft() {
    case "$*" in
        '--check --file -') refuses nft ;;
        '--stateless list table inet archive') cat /stub/nft 2> /dev/null ;;
        '--file '*)
            note "$@"
            cp "$2" /stub/nft
            ;;
        'delete table inet archive')
            note "$@"
            rm /stub/nft
            ;;
    esac
}

modprobe() {
    note "$@"
    refuses "modprobe-$1"
    case $1 in
        overlay) printf 'nodev\toverlay\n' >> /proc/filesystems ;;
        br_netfilter)
            mkdir -p /proc/sys/net/bridge
            printf '0\n' | tee /proc/sys/net/bridge/bridge-nf-call-ip{,6}tables > /dev/null
            ;;
    esac
}

swapoff() {
    note "$@"
    sed -i '2,$d' /stub/swaps
    cat /stub/swaps > /proc/swaps
}

hostname() {
    note "$@"
    printf '%s\n' "$1" > /stub/given/hostname
}

uname() { if [ "$1" = -n ]; then given hostname localhost; else given kernel 6.1.0-test; fi; }

# Hosts that do not answer: given/unreachable lists an address once for each time that it is asked in vain. Anything else than that
# question is run.
timeout() {
    [ "$1 $2" = '2 bash' ] || real "$@"
    local list=/stub/given/unreachable line peer
    for peer in "${@:6}"; do
        if line=$(grep -nxF -m 1 "${peer% *}" "$list" 2> /dev/null); then
            sed -i "${line%%:*}d" "$list"
        else
            printf '%s\n' "$peer"
        fi
    done
}

curl() { given curl ''; }
ss() { given ss ''; }
nproc() { given nproc 4; }
df() { printf 'Avail\n%sM\n' "$(given free 20000)"; }
systemd-detect-virt() { given container none; }

# Images: "DIGEST-OF-THE-FILE NAME" for each that was imported.
ctr() {
    shift 3
    case $1 in
        ls)
            printf 'REF TYPE DIGEST SIZE PLATFORMS LABELS\n'
            sed -n 's#^\(.*\) \(.*\)$#\2 type sha256:0 1.0 MiB linux/amd64 archive.bundle=\1,io.cri-containerd.pinned=pinned#p' /stub/images
            ;;
        import)
            note "images $1" "${@: -1}"
            printf -- '- %s\n' "$(tar --extract --to-stdout --file "${*: -1}" manifest.json | grep -oE '[a-z][a-z.0-9/-]+:[a-z0-9.]+')" >> /stub/images
            ;;
        label) sed -i "s#^- $2\$#${3#*=} $2#" /stub/images ;;
    esac
}

# shellcheck source=packages.sh
source /stub/packages.sh
# shellcheck source=accounts.sh
source /stub/accounts.sh
NAME=${0##*/}
"$NAME" "$@"
