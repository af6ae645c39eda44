# What a server does when it starts for the first time. Run again, it changes nothing that is as it should be.
set -euo pipefail
umask 022
export DEBIAN_FRONTEND=noninteractive

changed=()

say() {
    printf 'archive: %s\n' "$*"
}

# Run a command that may fail for a moment: networks and registries are not there at once.
attempt() {
    local try
    for try in 1 2 3 4 5 6; do
        "$@" && return 0
        say "$1 failed (attempt $try of 6)"
        sleep $((try * 5))
    done
    return 1
}

# Install what is missing of these packages.
packages() {
    local package missing=()
    for package in "$@"; do
        [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "install ${missing[*]}"
    attempt apt-get -qq -o DPkg::Lock::Timeout=300 update
    attempt apt-get -qq -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "${missing[@]}" >/dev/null
}

# put PATH MODE [UNIT...]: make a file what standard input is. The units that read it are started anew if it was another.
put() {
    local path=$1 mode=$2 new
    shift 2
    install -d "$(dirname "$path")"
    new=$(mktemp "$path.XXXXXX")
    cat >"$new"
    chmod "$mode" "$new"
    if cmp --silent "$new" "$path"; then
        rm "$new"
        return 0
    fi
    mv "$new" "$path"
    say "write $path"
    changed+=("$@")
}

# fetch URL PATH: the file at the URL, which has to hold certificates.
fetch() {
    local new
    new=$(mktemp)
    attempt curl --fail --silent --show-error --location --max-time 30 --output "$new" "$1"
    if ! openssl x509 -noout -in "$new" 2>/dev/null; then
        say "$1 holds no certificate: set archive:database.certificates to where AWS' are"
        rm "$new"
        return 1
    fi
    put "$2" 0644 <"$new"
    rm "$new"
}

# A certificate that nobody has to trust: the load balancer encrypts, and checks no name.
certificate() {
    [ ! -s "$1.key" ] || [ ! -s "$1.crt" ] || return 0
    say "make $1.crt"
    install -d "$(dirname "$1")"
    (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
        -subj /CN=game-archive -keyout "$1.key" -out "$1.crt" 2>/dev/null)
}

# Start units, and those anew whose files changed.
run() {
    local unit failed=0
    systemctl daemon-reload
    for unit in "${changed[@]}"; do
        ! systemctl --quiet is-active "$unit" || systemctl stop "$unit"
    done
    # What Quadlet makes is started by its own [Install]
    systemctl --quiet enable archive-media.timer archive-secrets.service nginx.service
    systemctl start "$@" || true
    for unit in "$@"; do
        systemctl --quiet is-active "$unit" && continue
        failed=1
        say "$unit does not run, and is tried again:"
        journalctl --no-pager --lines 20 --unit "$unit"
    done
    [ $failed -eq 0 ] && say "the services run"
}
