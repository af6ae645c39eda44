# shellcheck shell=bash
# Every snapshot of etcd that the host has: its own, and those that other hosts sent. Reads only, and waits for nobody.

: "${HOST:?}" "${VERIFY?}"

main() {
    local file last=''
    [ "$(id -u)" = 0 ] || fail "needs root: log in as root, or set ssh.sudo for a user who may run sudo without a password"
    last=$(cat /var/lib/archive/snapshots/last.json 2> /dev/null) || true
    printf '{"host": %s, "last": %s, "snapshots": [' "$(json_string "$HOST")" "$(json_string "$last")"
    separator=''
    for file in /var/lib/archive/snapshots/*.db.sha256 /var/lib/archive/received/*/*.db.sha256; do
        [ ! -e "${file%.sha256}" ] || describe "${file%.sha256}" || true # one may go while we look
    done
    printf ']}\n'
}

# A snapshot whose digest is beside it; `whole` is empty when nobody asked.
describe() {
    local file=$1 digest cluster bytes whole=''
    digest=$(sed -n '/^#/!s/ .*//p' "$file.sha256")
    cluster=$(sed -n 's/^# cluster //p' "$file.sha256")
    bytes=$(stat --format=%s "$file")
    if [ -n "$VERIFY" ]; then
        whole=no
        [ "$(sha256sum < "$file")" != "$digest  -" ] || whole=yes
    fi
    printf '%s{"path": %s, "bytes": %s, "sha256": "%s", "cluster": "%s", "whole": "%s"}' "$separator" \
        "$(json_string "$file")" "$bytes" "$digest" "$cluster" "$whole"
    separator=', '
}
