# shellcheck shell=bash
# A folder of snapshots, for the program that takes them and for the one that keeps those of other hosts.
#
# A snapshot counts from the moment its .sha256 is beside it, which is written last. FOLDER is where they are; what is being
# written is .new.db there.

# shellcheck disable=SC2034  # for the programs
SPARE=268435456 # bytes that stay free

# free_bytes: how much room there is.
free_bytes() { df --output=avail --block-size=1 "$FOLDER" | tail -n 1; }

# keep NAME SHA256 CLUSTER: .new.db becomes the snapshot NAME.
keep() {
    sync --data "$FOLDER/.new.db"
    printf '# cluster %s\n%s  %s\n' "$3" "$2" "$1" > "$FOLDER/.new.sha256"
    mv "$FOLDER/.new.db" "$FOLDER/$1"
    mv "$FOLDER/.new.sha256" "$FOLDER/$1.sha256"
    sync "$FOLDER"
}

# Names of whole snapshots, the newest first.
complete() {
    local digest
    for digest in "$FOLDER"/*.db.sha256; do
        [ ! -e "${digest%.sha256}" ] || basename "$digest" .sha256
    done | LC_ALL=C sort --reverse
}

# prune COUNT: the newest stay.
prune() {
    local name
    while read -r name; do
        rm -f "$FOLDER/$name.sha256"
        rm -f "$FOLDER/$name"
    done < <(complete | tail -n "+$(($1 + 1))")
}
