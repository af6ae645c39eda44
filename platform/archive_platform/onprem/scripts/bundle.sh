# shellcheck shell=bash
# The air-gapped bundle: also used by steps other than prepare.
#
#   ensure_bundle_images VERSION    Kubernetes' images, if there is a bundle; containerd has to run
#   bundle_index                    reads the bundle's index into PINNED
#
# bundle_sha256 of the settings pins the bundle's index.json, and that pins every other file. Files come by apt's own downloader:
# it is on every host, checks digests, and takes apt's proxy.

: "${BUNDLE?}" "${BUNDLE_SHA256?}" "${SNAPSHOTTER:?}" "${ROLE?}"

APT_HELPER=(/usr/lib/apt/apt-helper -o APT::Sandbox::User=root -o Acquire::Retries=3)
DOWNLOADS=/var/lib/archive/bundle
# Images that run on control planes alone.
CONTROL_PLANE_IMAGES='^(etcd|kube-apiserver|kube-controller-manager|kube-scheduler)[._-]'
declare -A PINNED=()

# Files of the bundle ------------------------------------------------------------------------------------------------

# fetch URL PATH [SHA256]: PATH appears complete and right, or not at all.
fetch() {
    local url=$1 path=$2 sha256=${3:-}
    install -d -m 0755 "${path%/*}"
    rm -f "$path.archive-new"
    case $url in
        file://*)
            cp "${url#file://}" "$path.archive-new" || fail "cannot read $url"
            [ -z "$sha256" ] || has_digest "$path.archive-new" "$sha256" || fail "$url is not what the settings pin: its SHA-256 is" \
                "$(sha256sum < "$path.archive-new" | cut -d ' ' -f 1), not $sha256"
            ;;
        *)
            "${APT_HELPER[@]}" download-file "$url" "$path.archive-new" ${sha256:+"SHA256:$sha256"} >&2 ||
                fail "cannot fetch $url: see above; check the URL in the settings, its digest, and the host's network"
            ;;
    esac
    mv -fT "$path.archive-new" "$path"
}

has_digest() { [ -f "$1" ] && [ "$(sha256sum < "$1" | cut -d ' ' -f 1)" = "$2" ]; }

# False only in a plan, which fetches nothing.
bundle_index() {
    local index=$DOWNLOADS/index.json path sha256
    [ ${#PINNED[@]} = 0 ] || return 0
    if ! has_digest "$index" "$BUNDLE_SHA256"; then
        ! planning || return 1
        fetch "$BUNDLE/index.json" "$index" "$BUNDLE_SHA256"
    fi
    while read -r path sha256; do
        PINNED[$path]=$sha256
    done < <(tr -d ' \n\t' < "$index" | grep -oE '"[^"{}]+":\{[^{}]*"sha256":"[0-9a-f]{64}"[^{}]*\}' |
        sed -E 's/^"([^"]+)":.*"sha256":"([0-9a-f]{64})".*/\1 \2/')
    [ ${#PINNED[@]} -gt 0 ] || fail "$BUNDLE/index.json lists no files: make the bundle anew (docs/onprem.md)"
}

# Images -------------------------------------------------------------------------------------------------------------

# containerd's own list tells which are there: an image is labelled with the digest of the file that it came from.
ensure_bundle_images() {
    local version=$1 path imported files=() missing=()
    [ -n "$BUNDLE" ] || return 0
    if ! bundle_index; then
        change "import the images of Kubernetes $version" :
        return
    fi
    mapfile -t files < <(printf '%s\n' "${!PINNED[@]}" | grep -E "^images/${version//./\\.}/[^/]+\.tar$" | LC_ALL=C sort || true)
    [ ${#files[@]} -gt 0 ] || fail "the bundle has no images of Kubernetes $version: make one that has, or set another version"
    imported=$(imported_files)
    for path in "${files[@]}"; do
        [ "$ROLE" = control-plane ] || ! [[ ${path##*/} =~ $CONTROL_PLANE_IMAGES ]] || continue
        [[ $imported == *"${PINNED[$path]}"* ]] || missing+=("$path")
    done
    [ ${#missing[@]} = 0 ] || change "import $(image_words "${missing[@]}")" import_images "${missing[@]}"
}

# Digests of the files that containerd's images came from. One question for all: each starts a program of forty megabytes.
imported_files() { images ls 2> /dev/null | grep -oE 'archive\.bundle=[0-9a-f]{64}' || true; }

images() { ctr --namespace k8s.io images "$@"; }

image_words() {
    local path words=''
    for path in "$@"; do
        path=${path#images/}
        words+=", ${path%.tar}"
    done
    printf 'the images %s' "${words#, }"
}

# The second label keeps the kubelet from removing what cannot be pulled again.
import_images() {
    local path tar name
    for path in "$@"; do
        tar=${BUNDLE#file://}/$path
        if [[ $BUNDLE == file://* ]]; then
            has_digest "$tar" "${PINNED[$path]}" || fail "$tar is not what the bundle's index pins: copy the bundle anew"
        else
            tar=$DOWNLOADS/image.tar
            fetch "$BUNDLE/$path" "$tar" "${PINNED[$path]}"
        fi
        images import --snapshotter "$SNAPSHOTTER" "$tar" > /dev/null || fail "containerd could not import $path: see above"
        for name in $(image_names "$tar"); do
            images label "$name" "archive.bundle=${PINNED[$path]}" io.cri-containerd.pinned=pinned > /dev/null
        done
        rm -f "$DOWNLOADS/image.tar"
    done
}

# image_names TAR: as `docker save` notes them.
image_names() {
    tar --extract --to-stdout --file "$1" manifest.json | tr -d ' \n' | grep -oE '"RepoTags":\[[^]]*\]' |
        grep -oE '"[^",]+:[^",]+"' | tr -d '"' | grep -v '^RepoTags'
}
