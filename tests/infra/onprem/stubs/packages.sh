# shellcheck shell=bash
# apt and dpkg. Their files in /stub: packages (NAME VERSION of what is installed), half (NAME STATUS of what dpkg was killed at),
# served (NAME VERSION of what could be installed), held, web (what may be fetched), brings/NAME (bash that runs when NAME is
# installed).

dpkg-query() {
    local name version want status
    while read -r name version; do
        want=install
        ! grep -qxF "$name" /stub/held || want=hold
        status=$(sed -n "s/^$name //p" /stub/half)
        printf '%s %s %s %s\n' "$want" "${status:-installed}" "$name" "$version"
    done < /stub/packages
}

dpkg() {
    case $1 in
        --print-architecture) given architecture amd64 ;;
        *)
            note "$@"
            sed -i '/ unpacked$/d' /stub/half
            ;;
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
        sed -i "/^$name /d" /stub/packages /stub/half
        printf '%s %s\n' "$name" "$version" >> /stub/packages
        # shellcheck disable=SC1090  # written by the test
        [ ! -e "/stub/brings/$name" ] || source "/stub/brings/$name"
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
