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
    local line
    active=${3:-active=$active}
    active=${active#active=}
    [ "$1" != systemd-resolved ] || { mkdir -p /run/systemd/resolve && : > /run/systemd/resolve/stub-resolv.conf; }
    line=$(sed -n "s/^$2=-\{0,1\}//p" "/etc/systemd/system/$1.service" 2> /dev/null) || true
    [ -z "$line" ] || "/usr/bin/$(basename "${line%% *}")" ${line#* }
}

# Packages -----------------------------------------------------------------------------------------------------------

dpkg-query() {
    local name version want
    while read -r name version; do
        want=install
        ! grep -qxF "$name" /stub/held || want=hold
        printf '%s installed %s %s\n' "$want" "$name" "$version"
    done < /stub/packages
}

dpkg() {
    case $1 in
        --print-architecture) given architecture amd64 ;;
        --audit) given audit '' ;;
        *) note "$@" ;;
    esac
}

apt-get() {
    local words=() word name version
    while [ $# -gt 0 ]; do
        case $1 in
            -o) shift ;;
            -*) ;;
            *) words+=("$1") ;;
        esac
        shift
    done
    note "${words[@]}"
    refuses "apt-get-${words[0]}"
    [ "${words[0]}" = install ] || return 0
    for word in "${words[@]:1}"; do
        name=${word%%=*}
        version=$(sed -n "s/^$name //p" /stub/served | head -n 1)
        [ "$name" = "$word" ] || version=${word#*=}
        grep -qxF "$name $version" /stub/served || {
            printf 'E: Unable to locate package %s\n' "$word" >&2
            exit 100
        }
        sed -i "/^$name /d" /stub/packages
        printf '%s %s\n' "$name" "$version" >> /stub/packages
        [ ! -e "/stub/brings/$name" ] || NAME=$name source "/stub/brings/$name"
    done
}

apt-cache() { sed -n "s/^$2 \(.*\)/ $2 | \1 | the mirror/p" /stub/served; }

apt-mark() {
    local verb=$1 name
    shift
    if [ "$verb" = showhold ]; then
        if [ $# = 0 ]; then cat /stub/held; else grep -xF "$1" /stub/held || true; fi
        return
    fi
    note "$verb" "$@"
    for name in "$@"; do
        sed -i "/^$name\$/d" /stub/held
        [ "$verb" = unhold ] || printf '%s\n' "$name" >> /stub/held
    done
}

apt-helper() {
    while [ "$1" = -o ]; do shift 2; done
    note "$1" "$2"
    local found=/stub/web/${2#*://}
    [ -f "$found" ] || {
        printf 'E: Failed to fetch %s\n' "$2" >&2
        exit 1
    }
    [ -z "${4:-}" ] || [ "SHA256:$(sha256sum < "$found" | cut -d ' ' -f 1)" = "$4" ] || {
        printf 'E: Hash Sum mismatch\n' >&2
        exit 1
    }
    cp "$found" "$3"
}

# Accounts -----------------------------------------------------------------------------------------------------------

groupadd() {
    note "$@"
    printf '%s:x:990:\n' "${*: -1}" >> /etc/group
}

join_group() { sed -i -E "/^$1:/{s/:\$/:$2/;t;s/\$/,$2/}" /etc/group; }

useradd() {
    note "$@"
    local name=${*: -1} comment='' group=''
    while [ $# -gt 0 ]; do
        case $1 in
            --comment) comment=$2 ;;
            --groups) group=$2 ;;
        esac
        shift
    done
    printf '%s:x:1001:1001:%s:/home/%s:/bin/bash\n' "$name" "$comment" "$name" >> /etc/passwd
    printf '%s:x:1001:\n' "$name" >> /etc/group
    [ -z "$group" ] || join_group "$group" "$name"
    mkdir -p "/home/$name"
}

usermod() {
    note "$@"
    local name=${*: -1}
    [ "$1 $2" != '--append --groups' ] || join_group "$3" "$name"
}

gpasswd() {
    note "$@"
    sed -i -E "/^$3:/{s/([:,])$2(,|\$)/\1/;s/,\$//}" /etc/group
}

visudo() { refuses visudo; }

# Owners: nobody here may give files away, so an owner is written beside, by the file's number.
owned() {
    local number
    number=$(/machine/bin/stat --format=%i "$1")
    sed -i "/^$number /d" /stub/owners
    printf '%s %s\n' "$number" "$2" >> /stub/owners
}

chown() { owned "$2" "$1"; }

stat() {
    local path=${*: -1} number owner
    number=$(/machine/bin/stat --format=%i "$path") || exit 1
    owner=$(sed -n "s/^$number //p" /stub/owners)
    /machine/bin/stat "$@" | sed "s/[^ ]*:[^ ]*/${owner:-root:root}/"
}

install() {
    local words=() owner='' group=''
    while [ $# -gt 0 ]; do
        case $1 in
            -o) owner=$2 && shift ;;
            -g) group=$2 && shift ;;
            *) words+=("$1") ;;
        esac
        shift
    done
    /machine/bin/install "${words[@]}"
    [ -z "$owner" ] || owned "${words[-1]}" "$owner:$group"
}

# The system ---------------------------------------------------------------------------------------------------------

sshd() {
    local key
    if [ "$1" = -t ]; then
        refuses sshd
        return
    fi
    for key in PasswordAuthentication KbdInteractiveAuthentication PermitRootLogin; do
        cat /etc/ssh/sshd_config.d/*.conf /stub/sshd-defaults | grep "^$key " | head -n 1 | tr '[:upper:]' '[:lower:]'
    done
}

nft() {
    local words="$*"
    case $words in
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

# A host that does not answer: given/unreachable lists addresses. Anything else than that question is run.
timeout() {
    [ "$1 $2" = '2 bash' ] || real "$@"
    ! grep -qxF "$5" /stub/given/unreachable 2> /dev/null
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
        ls) sed -n "s/^${3#*==} //p" /stub/images ;;
        import)
            note "images $1" "${@: -1}"
            printf -- '- %s\n' "$(tar --extract --to-stdout --file "${*: -1}" manifest.json | grep -o '[a-z.0-9/-]*:[a-z0-9.]*')" >> /stub/images
            ;;
        label) sed -i "s#^- $2\$#${3#*=} $2#" /stub/images ;;
    esac
}

NAME=${0##*/}
"$NAME" "$@"
