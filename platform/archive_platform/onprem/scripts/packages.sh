# shellcheck shell=bash
# Packages of the distribution, by apt. Part of every step.

APT=(apt-get --quiet --quiet --yes --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3
    -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold)

declare -A INSTALLED=() HELD=()

# read_packages: INSTALLED and HELD from dpkg, once, and again after PACKAGES_KNOWN was emptied.
read_packages() {
    local want status name version
    [ -z "${PACKAGES_KNOWN:-}" ] || return 0
    INSTALLED=() HELD=()
    while read -r want status name version; do
        [ "$status" = installed ] || continue
        INSTALLED[$name]=$version
        [ "$want" != hold ] || HELD[$name]=$name
    done < <(dpkg-query --show --showformat='${db:Status-Want} ${db:Status-Status} ${Package} ${Version}\n')
    PACKAGES_KNOWN=yes
}

# package_version NAME: the installed version, or nothing.
package_version() {
    read_packages
    printf '%s' "${INSTALLED[$1]:-}"
}

# ensure_packages NAME[=VERSION]...: one installation for all that is missing or of another version.
ensure_packages() {
    local wanted name version missing=()
    read_packages
    for wanted in "$@"; do
        name=${wanted%%=*}
        version=${INSTALLED[$name]:-}
        [ -n "$version" ] && { [ "$name" = "$wanted" ] || [ "$version" = "${wanted#*=}" ]; } || missing+=("$wanted")
    done
    [ ${#missing[@]} = 0 ] || change "install ${missing[*]}" install_packages "${missing[@]}"
    read_packages
    for wanted in "$@"; do
        version=${INSTALLED[${wanted%%=*}]:-}
        # A version that nobody asked for may change by itself, and is no drift.
        [ "$wanted" != "${wanted%%=*}" ] || version=${version:+installed}
        item "package:${wanted%%=*}" "${version:-absent}"
    done
}

install_packages() {
    export DEBIAN_FRONTEND=noninteractive
    [ -z "$(dpkg --audit)" ] || dpkg --configure --pending >&2
    refresh_package_lists
    PACKAGES_KNOWN=''
    "${APT[@]}" install --allow-downgrades --allow-change-held-packages "$@" >&2 ||
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
