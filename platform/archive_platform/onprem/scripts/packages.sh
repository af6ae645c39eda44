# shellcheck shell=bash
# Packages of the distribution, by apt. Part of every step.

APT=(apt-get --quiet --quiet --yes --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3
    -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold)

declare -A INSTALLED=() HELD=() HALF=()

# read_packages: INSTALLED, HELD and HALF from dpkg, once, and again after PACKAGES_KNOWN was emptied. HALF are those that dpkg was
# at work on when it was killed: an upgrade that was not unpacked yet has the older version there, any other the newer.
read_packages() {
    local want status name version
    [ -z "${PACKAGES_KNOWN:-}" ] || return 0
    INSTALLED=() HELD=() HALF=()
    while read -r want status name version; do
        case $status in
            installed) INSTALLED[$name]=$version ;;
            unpacked | half-* | triggers-*) HALF[$name]=$version ;;
            *) continue ;;
        esac
        [ "$want" != hold ] || HELD[$name]=$name
    done < <(dpkg-query --show --showformat='${db:Status-Want} ${db:Status-Status} ${Package} ${Version}\n')
    PACKAGES_KNOWN=yes
}

# package_version NAME: the installed version, also of one that is half installed, or nothing.
package_version() {
    read_packages
    printf '%s' "${INSTALLED[$1]:-${HALF[$1]:-}}"
}

# ensure_packages_whole: finishes what dpkg was killed at. To be called before anything relies on a package that is there.
ensure_packages_whole() {
    read_packages
    [ ${#HALF[@]} = 0 ] || change "finish the interrupted installation of ${!HALF[*]}" finish_packages
}

# dpkg goes on with what was unpacked. For apt the rest is installed already, unless it is asked for by name to do it again: in the
# version that was begun, if that is still to be had. A package that is held is left to whoever knows its version.
finish_packages() {
    local name version again=()
    export DEBIAN_FRONTEND=noninteractive
    dpkg --force-confdef --force-confold --configure --pending >&2 || true
    PACKAGES_KNOWN=''
    read_packages
    [ ${#HALF[@]} -gt 0 ] || return 0
    refresh_package_lists
    for name in "${!HALF[@]}"; do
        version=$(served_version "$name" "${HALF[$name]}")
        [ -z "$version" ] && [ -n "${HELD[$name]:-}" ] || again+=("$name${version:+=$version}")
    done
    PACKAGES_KNOWN=''
    [ ${#again[@]} = 0 ] || "${APT[@]}" install --reinstall --allow-downgrades --allow-change-held-packages "${again[@]}" >&2 ||
        fail "apt-get could not finish ${again[*]}, which an interrupted run left: see above"
}

# ensure_packages NAME...: in whatever version, which may change by itself and is no drift.
ensure_packages() {
    local name
    ensure_installed "$@"
    read_packages
    for name in "$@"; do
        if is_installed "$name"; then item "package:$name" installed; else item "package:$name" absent; fi
    done
}

# ensure_installed NAME[=VERSION]...: one run of apt, whose start takes longer than most packages do, for all that is missing or of
# another version. VERSION is upstream's (1.34.4) or the package's own (1.34.4-1.1).
ensure_installed() {
    local wanted missing=()
    read_packages
    for wanted in "$@"; do
        is_installed "$wanted" || missing+=("$wanted")
    done
    [ ${#missing[@]} = 0 ] || change "install ${missing[*]}" install_served "${missing[@]}"
}

is_installed() {
    local found=${INSTALLED[${1%%=*}]:-}
    [ -n "$found" ] && { [ "$1" = "${1%%=*}" ] || is_version "$found" "${1#*=}"; }
}

# `--reinstall`: for the sake of one that is half installed in this version.
install_packages() {
    export DEBIAN_FRONTEND=noninteractive
    [ ${#HALF[@]} = 0 ] || finish_packages
    refresh_package_lists
    PACKAGES_KNOWN=''
    "${APT[@]}" install --reinstall --allow-downgrades --allow-change-held-packages "$@" >&2 ||
        fail "apt-get could not install $*: see above; a version that the mirror does not serve is mended in the settings"
}

# Once in a run, and only when something is to be installed.
refresh_package_lists() {
    [ -z "${LISTS_ARE_FRESH:-}" ] || return 0
    "${APT[@]}" update >&2 || fail "apt-get update failed: see above; check the mirror in the settings and the host's network"
    LISTS_ARE_FRESH=yes
}

# ensure_held NAME...: an upgrade of everything leaves them alone.
ensure_held() {
    local name free=()
    read_packages
    for name in "$@"; do
        [ -z "${INSTALLED[$name]:-}" ] || [ -n "${HELD[$name]:-}" ] || free+=("$name")
    done
    [ ${#free[@]} = 0 ] || change "hold ${free[*]}" hold_packages "${free[@]}"
    read_packages
    for name in "$@"; do
        [ -z "${INSTALLED[$name]:-}" ] || item "held:$name" "${HELD[$name]:-}"
    done
}

hold_packages() {
    PACKAGES_KNOWN=''
    apt-mark hold "$@" > /dev/null
}

# Pinned versions ----------------------------------------------------------------------------------------------------

# ensure_pinned VERSION NAME...: VERSION as in ensure_installed.
ensure_pinned() {
    local version=$1 name
    shift
    ensure_installed "${@/%/=$version}"
    ensure_held "$@"
    for name in "$@"; do
        item "package:$name" "${INSTALLED[$name]:-absent}"
    done
}

# is_version FOUND WANTED: 1.34.4-1.1 and 1.34.4~ds1-1 are 1.34.4, 1.34.40-1.1 is not.
is_version() { [ "$1" = "$2" ] || [[ $1 == "$2"[-+~]* ]]; }

# install_served NAME[=VERSION]...: in the package's own version that is served for it.
install_served() {
    local wanted name found exact=()
    refresh_package_lists
    for wanted in "$@"; do
        name=${wanted%%=*} found=''
        if [ "$name" != "$wanted" ]; then
            found=$(served_version "$name" "${wanted#*=}")
            [ -n "$found" ] || fail "no package source serves $name ${wanted#*=}, only:" \
                "$(served_versions "$name" | head -n 5 | tr '\n' ' '). Mend the version or the mirror in the settings"
        fi
        exact+=("$name${found:+=$found}")
    done
    install_packages "${exact[@]}"
}

# served_versions NAME: newest first.
served_versions() { apt-cache madison "$1" 2> /dev/null | cut -d '|' -f 2 | tr -d ' '; }

served_version() {
    local found
    while read -r found; do
        if is_version "$found" "$2"; then
            printf '%s' "$found"
            return
        fi
    done < <(served_versions "$1")
}
