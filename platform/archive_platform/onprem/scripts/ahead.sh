# shellcheck shell=bash
# What a plan looks at, all at once. Part of every step.
#
# A plan asks for some forty files and services, and starting programs for each of them took half of its time. The last run that
# changed something has noted what it told of: that is looked at with three programs. What is not among it is looked at when it is
# asked for.

ITEM_NAMES=/etc/archive/items

declare -A AHEAD=() # states by the items' names

# note_item_names: for the next plan. A host that leaves is bare again.
note_item_names() {
    if [ "$VERB" = remove ]; then
        rm -f "$ITEM_NAMES/$STEP"
    else
        printf '%s\n' "${!ITEMS[@]}" > "$ITEM_NAMES/$STEP"
    fi
}

was_told() { [ -e "$ITEM_NAMES/$STEP" ]; }

look_ahead() {
    local kind name paths=() services=() mode owner digest
    was_told || return 0
    while IFS=: read -r kind name; do
        case $kind in
            file | mode) [ ! -e "$name" ] || paths+=("$name") ;;
            service | enabled) services+=("$name") ;;
        esac
    done < "$ITEM_NAMES/$STEP"
    [ ${#paths[@]} = 0 ] || while read -r mode owner name; do
        AHEAD[mode:$name]="$mode $owner"
    done < <(stat --format='%a %U:%G %n' "${paths[@]}" 2> /dev/null || true)
    [ ${#paths[@]} = 0 ] || while read -r digest name; do
        AHEAD[file:$name]="${AHEAD[mode:$name]:-} ${digest:0:12}"
    done < <(sha256sum "${paths[@]}" 2> /dev/null || true)
    [ ${#services[@]} = 0 ] || while read_service_state; do
        AHEAD[service:${services[0]}]=$STATE
        services=("${services[@]:1}")
    done < <(systemctl show --property=UnitFileState,ActiveState "${services[@]}" 2> /dev/null || true)
}

# read_service_state < what systemctl shows: sets STATE to the next one, as look_at_service does; false when there is none left.
read_service_state() {
    local key value='' enabled='' active=''
    while IFS='=' read -r key value; do
        case $key in
            UnitFileState) enabled=$value ;;
            ActiveState) active=$value ;;
            '') break ;;
        esac
    done
    STATE="${enabled:-absent} ${active:-inactive}"
    [ -n "$active" ]
}
