# shellcheck shell=bash
# Where packages come from: the distribution's sources as they are, a mirror instead of them, or a bundle instead of all.
#
# Sources that are not to be used are set aside, and come back when the settings no longer replace them or the host leaves.

: "${OS:=}" "${CODENAME:=}" "${MIRROR?}" "${REPOSITORY?}" "${BUNDLE?}" "${BUNDLE_SHA256?}" "${DOWNLOADS:?}"

SOURCES=/etc/apt/sources.list.d
KEPT_SOURCES=/etc/archive/apt-sources.kept
KUBERNETES_KEY=/etc/apt/keyrings/archive-kubernetes.asc
VERIFIER=/usr/local/lib/archive/verify-bundle
VERIFIER_HOOK=/etc/apt/apt.conf.d/90-archive-bundle

ensure_sources() {
    local path
    ensure_verifier
    for path in "$KEPT_SOURCES"/*; do
        [ ! -f "$path" ] || is_replaced "$(source_path "$path")" || change "bring $(source_path "$path") back" bring_back "$path"
    done
    for path in /etc/apt/sources.list "$SOURCES"/*.{list,sources}; do
        [ ! -f "$path" ] || ! is_replaced "$path" || change "set $path aside" set_aside "$path"
    done
    if [ -n "$BUNDLE$MIRROR" ]; then
        ensure_file "$SOURCES/archive.list" 644 root:root '' < <(own_sources)
    else
        ensure_absent "$SOURCES/archive.list"
    fi
}

own_sources() {
    printf '# Made by Game Archive. Changes are overwritten.\n'
    case ${BUNDLE:+bundle}$OS in
        bundle*) printf 'deb [trusted=yes] %s/apt ./\n' "$BUNDLE" ;; # apt asks VERIFIER after each update
        debian)
            printf "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s main\n" "$MIRROR $CODENAME" \
                "$MIRROR $CODENAME-updates" "$MIRROR-security $CODENAME-security"
            ;;
        ubuntu)
            printf "deb [signed-by=/usr/share/keyrings/ubuntu-archive-keyring.gpg] %s main universe\n" "$MIRROR $CODENAME" \
                "$MIRROR $CODENAME-updates" "$MIRROR $CODENAME-security"
            ;;
    esac
}

# is_replaced PATH: whether the settings put something in the place of these sources.
is_replaced() {
    case $1 in
        "$SOURCES"/archive*.list) return 1 ;;
        /etc/apt/sources.list | "$SOURCES"/debian.sources | "$SOURCES"/ubuntu.sources) [ -n "$BUNDLE$MIRROR" ] ;;
        *) [ -n "$BUNDLE" ] ;;
    esac
}

source_path() {
    case ${1##*/} in
        sources.list) printf /etc/apt/sources.list ;;
        *) printf '%s' "$SOURCES/${1##*/}" ;;
    esac
}

set_aside() {
    install -d -m 0755 "$KEPT_SOURCES"
    mv -f "$1" "$KEPT_SOURCES/"
}

bring_back() { mv -f "$1" "$(source_path "$1")"; }

# The repository of a bundle has no signature. Its index pins the list of packages, and that list the packages: after every update,
# whoever asked for it, apt has a list that is not the pinned one thrown away.
ensure_verifier() {
    if [ -z "$BUNDLE" ]; then
        ensure_absent "$VERIFIER_HOOK"
        ensure_absent "$VERIFIER"
        return
    fi
    if ! bundle_index; then
        change "take all software from $BUNDLE" :
        return
    fi
    [ -n "${PINNED[apt/Packages]:-}" ] || fail "$BUNDLE/index.json pins no apt/Packages: make the bundle anew"
    ensure_file "$VERIFIER" 755 root:root '' < <(verifier)
    ensure_file "$VERIFIER_HOOK" 644 root:root '' <<< "APT::Update::Post-Invoke { \"$VERIFIER\"; };"
}

verifier() {
    cat <<- SCRIPT
		#!/bin/sh
		# Made by Game Archive. Changes are overwritten.
		set -eu
		apt-get indextargets --format '\$(FILENAME)' 'Created-By: Packages' | while read -r list; do
		    [ "\$(/usr/lib/apt/apt-helper cat-file "\$list" | sha256sum)" = '${PINNED[apt/Packages]}  -' ] || {
		        rm -f "\$list"
		        echo "The list of packages is not the one that the bundle's index pins: \$list" >&2
		        exit 1
		    }
		done
	SCRIPT
}

# Kubernetes' own repository has one for each minor release.
ensure_repository() {
    if [ -z "$REPOSITORY" ] || [ -n "$BUNDLE" ]; then
        ensure_absent "$SOURCES/archive-kubernetes.list"
        ensure_absent "$KUBERNETES_KEY"
        return
    fi
    local line="deb [signed-by=$KUBERNETES_KEY] $REPOSITORY /"
    if [ ! -s "$KUBERNETES_KEY" ] || [ "$(cat "$SOURCES/archive-kubernetes.list" 2> /dev/null)" != "$line" ]; then
        change "take Kubernetes from $REPOSITORY" use_repository "$line"
    fi
    item "file:$SOURCES/archive-kubernetes.list" "$(file_state "$SOURCES/archive-kubernetes.list")"
}

use_repository() {
    read_packages
    [ -n "${INSTALLED[ca-certificates]:-}" ] || install_packages ca-certificates # the key comes by https
    fetch "${REPOSITORY}Release.key" "$KUBERNETES_KEY"
    chmod 644 "$KUBERNETES_KEY"
    write_file "$SOURCES/archive-kubernetes.list" 644 root:root '' "$1"$'\n'
    LISTS_ARE_FRESH=''
}

restore_sources() {
    local path
    for path in "$KEPT_SOURCES"/*; do
        [ ! -f "$path" ] || change "bring $(source_path "$path") back" bring_back "$path"
    done
    for path in "$SOURCES"/archive{,-kubernetes}.list "$KUBERNETES_KEY" "$VERIFIER_HOOK" "$VERIFIER"; do
        ensure_absent "$path"
    done
    [ ! -d "$DOWNLOADS" ] || change "remove $DOWNLOADS" rm -rf "$DOWNLOADS"
}
