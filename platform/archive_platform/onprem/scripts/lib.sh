# shellcheck shell=bash
# What every step is written in: read, decide, act, print.
#
# A step names what it wants with `ensure_*` and `change`. Under `apply` they act where the host differs, under `plan` they
# only note what they would do. Either way the state that was found, or made, becomes an item of the answer, so that a
# second run can be compared with the first. The answer is one JSON document on standard output; progress goes to standard
# error, a line for each change.
#
# A file can belong to a service. A mark in PENDING outlives a run that dies between writing the file and restarting the
# service: the next run restarts it.

: "${HOST:?}" "${STEP:?}" "${LOCK_SECONDS:?}"

LOCK=/run/lock/archive.lock
SECRETS=/run/archive
PENDING=/etc/archive/pending

VERB=apply
declare -A ITEMS=() EXTRA=()
CHANGES=()

say() { printf '%s %s: %s\n' "$HOST" "$STEP" "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

warn() { say "warning: $*"; }

planning() { [ "$VERB" = plan ]; }

# begin VERB: takes the host's lock, so that two runs never work on one host at once. A plan only waits for its turn to read.
begin() {
    VERB=$1
    [ "$(id -u)" = 0 ] || fail "needs root: log in as root, or set ssh.sudo for a user who may run sudo without a password"
    trap 'say "failed at line $LINENO of the step: $BASH_COMMAND"' ERR
    umask 022
    exec 9> "$LOCK"
    if planning; then
        flock --shared --wait 5 9 || fail "another run is changing this host; try again when it has ended"
        look_ahead
    else
        flock --wait "$LOCK_SECONDS" 9 || fail "another run still holds $LOCK after $LOCK_SECONDS s (see: fuser -v $LOCK)"
        install -d -m 0755 /etc/archive "$PENDING" "$ITEM_NAMES"
        trap 'rm -rf "$SECRETS"' EXIT # not before the lock: they may be another run's
        rm -rf "$SECRETS" && install -d -m 0700 "$SECRETS"
    fi
}

# The answer ---------------------------------------------------------------------------------------------------------

# item NAME VALUE: a part of the host's state, compared by `archive drift`.
# shellcheck disable=SC2034  # read by json_object through its name
item() { ITEMS[$1]=$2; }

# forget NAME...: parts that the next run will not look at.
forget() {
    local name
    for name in "$@"; do
        unset "ITEMS[$name]"
    done
}

# extra NAME VALUE: something else that the stack wants to know.
# shellcheck disable=SC2034  # as above
extra() { EXTRA[$1]=$2; }

# change WHAT COMMAND...: does it, or under `plan` says that it would. WHAT completes "would ...".
change() {
    local what=$1
    shift
    if planning; then
        CHANGES+=("$what")
    else
        say "$what"
        "$@"
    fi
}

# quote TEXT: sets QUOTED to a JSON string. It starts no process: an answer has hundreds of them.
quote() {
    local text=$1
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    text=${text//$'\t'/\\t}
    text=${text//[[:cntrl:]]/ }
    QUOTED="\"$text\""
}

json_string() {
    quote "$1"
    printf '%s' "$QUOTED"
}

# json_object NAME: an associative array as JSON, in the order of its keys.
json_object() {
    local -n entries=$1
    local key separator=''
    printf '{'
    while IFS= read -r key; do
        [ -n "$key" ] || continue
        quote "$key"
        printf '%s%s: ' "$separator" "$QUOTED"
        quote "${entries[$key]}"
        printf '%s' "$QUOTED"
        separator=', '
    done < <(printf '%s\n' "${!entries[@]}" | LC_ALL=C sort)
    printf '}'
}

answer() {
    local change separator=''
    printf '{"host": %s, "step": %s, "items": ' "$(json_string "$HOST")" "$(json_string "$STEP")"
    json_object ITEMS
    [ ${#EXTRA[@]} = 0 ] || printf ', "extra": %s' "$(json_object EXTRA)"
    if planning; then
        printf ', "changes": ['
        for change in "${CHANGES[@]}"; do
            quote "$change"
            printf '%s%s' "$separator" "$QUOTED"
            separator=', '
        done
        printf ']'
    else
        note_item_names
    fi
    printf '}\n'
}

# Files --------------------------------------------------------------------------------------------------------------

short_digest() { sha256sum | cut -c 1-12; }

# look PATH: sets STATE to mode, owner and digest of a file, or to "absent".
look() {
    local digest
    STATE=${AHEAD[file:$1]:-absent}
    [ "$STATE" = absent ] && [ -f "$1" ] || return 0
    read -r digest _ < <(sha256sum < "$1")
    STATE="$(stat --format='%a %U:%G' "$1") ${digest:0:12}"
}

# look_at_mode PATH: sets STATE to mode and owner of what is there.
look_at_mode() {
    STATE=${AHEAD[mode:$1]:-}
    [ -n "$STATE" ] || STATE=$(stat --format='%a %U:%G' "$1")
}

file_state() {
    look "$1"
    printf '%s' "$STATE"
}

# ensure_file PATH MODE OWNER SERVICE < content: SERVICE is restarted by ensure_service; '' when none reads it. Never at the end
# of a pipe: what it notes would be lost with the pipe's process.
ensure_file() {
    local path=$1 mode=$2 owner=$3 service=$4 content='' found=''
    read_all content
    look "$path"
    [ "$STATE" = absent ] || read_all found < "$path"
    if [ "${STATE% *}" != "$mode $owner" ] || [ "$found" != "$content" ]; then
        change "write $path" write_file "$path" "$mode" "$owner" "$service" "$content"
        planning || look "$path"
    fi
    item "file:$path" "$STATE"
}

# read_all NAME: sets the variable to standard input; by length, since up to a letter bash takes them one at a time from a pipe.
read_all() { IFS= read -r -N 99999999 "$1" || true; }

# Written beside and renamed: a reader, or a host that loses power, sees the old file or the new one.
write_file() {
    local path=$1 mode=$2 owner=$3 service=$4 content=$5 new=$1.archive-new
    [ -d "${path%/*}" ] || install -d -m 0755 "${path%/*}"
    mark_pending "$service"
    (umask 077 && printf '%s' "$content" > "$new")
    chown "$owner" "$new"
    chmod "$mode" "$new"
    sync --data "$new" 2> /dev/null || sync
    mv -fT "$new" "$path"
}

ensure_absent() {
    local path=$1 service=${2:-}
    if [ -e "$path" ] || [ -L "$path" ]; then
        change "remove $path" remove_file "$path" "$service"
    fi
    item "file:$path" "$(file_state "$path")"
}

remove_file() {
    mark_pending "$2"
    rm -f "$1"
}

# ensure_mode PATH MODE OWNER: for what another program writes.
ensure_mode() {
    local path=$1 mode=$2 owner=$3
    [ -e "$path" ] || return 0
    look_at_mode "$path"
    if [ "$STATE" != "$mode $owner" ]; then
        change "give $path mode $mode and owner $owner" set_mode "$path" "$mode" "$owner"
        planning || look_at_mode "$path"
    fi
    item "mode:$path" "$STATE"
}

set_mode() {
    chown "$3" "$1"
    chmod "$2" "$1"
}

# secret_file NAME < content: $SECRETS/NAME, which only root reads, in memory, gone when the step ends.
secret_file() { (umask 077 && cat > "$SECRETS/$1"); }

# ensure_key_file PATH SERVICE < content: a file of mode 600 that holds a key. A plan knows no key, and only sees whether the file
# is there.
ensure_key_file() {
    local path=$1 service=$2
    if planning; then
        [ -e "$path" ] || change "write $path" :
        item "file:$path" "$(file_state "$path")"
    else
        ensure_file "$path" 600 root:root "$service"
    fi
}

# Services -----------------------------------------------------------------------------------------------------------

mark_pending() { [ -z "$1" ] || : > "$PENDING/$1"; }

# look_at_service NAME: sets STATE, as in "enabled active" or "absent inactive".
look_at_service() {
    STATE=${AHEAD[service:$1]:-}
    [ -n "$STATE" ] ||
        read_service_state < <(systemctl show --property=UnitFileState,ActiveState "$1" 2> /dev/null) || true
}

service_state() {
    look_at_service "$1"
    printf '%s' "$STATE"
}

# ensure_service NAME [restart|reload]: enabled and active, and newer than its files.
ensure_service() {
    local name=$1 how=${2:-restart} before
    look_at_service "$name"
    before=$STATE
    [ "${before% *}" = enabled ] || change "enable $name" systemctl --quiet enable "$name"
    if [ "${before#* }" != active ]; then
        change "start $name" systemctl restart "$name"
    elif [ -e "$PENDING/$name" ]; then
        change "$how $name" systemctl "$how" "$name"
    fi
    planning || [ ! -e "$PENDING/$name" ] || rm -f "$PENDING/$name"
    planning || [ "$before" = 'enabled active' ] || look_at_service "$name"
    item "service:$name" "$STATE"
}

# ensure_unit_service NAME [restart|reload]: the same for a service whose unit is ours: systemd reads it again when it changed.
ensure_unit_service() {
    ensure_unit_read "$1"
    ensure_service "$@"
}

# ensure_enabled NAME: a unit of ours that is started with the host, and not now.
ensure_enabled() {
    local name=$1
    ensure_unit_read "$name"
    look_at_service "$name"
    [ "${STATE% *}" = enabled ] || change "enable $name" systemctl --quiet enable "$name"
    planning || [ ! -e "$PENDING/$name" ] || rm -f "$PENDING/$name"
    planning || look_at_service "$name"
    item "enabled:$name" "${STATE% *}"
}

# Enabling makes systemd read all units again by itself, which takes it a while each time.
ensure_unit_read() {
    [ -e "$PENDING/$1" ] || return 0
    look_at_service "$1"
    [ "${STATE% *}" != enabled ] || change "read $1's unit" systemctl daemon-reload
}

# ensure_stopped NAME: disabled and not running, if it exists at all.
ensure_stopped() {
    local name=$1
    look_at_service "$name"
    case $STATE in
        *' active' | enabled*)
            change "stop and disable $name" systemctl --quiet disable --now "$name"
            planning || look_at_service "$name"
            ;;
    esac
    item "service:$name" "$STATE"
}

# Waiting ------------------------------------------------------------------------------------------------------------

# until_true SECONDS COMMAND...: runs it every half second until it succeeds; false when the time is up.
until_true() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.5
    done
}
