# shellcheck shell=bash
# Changes inside what the operator owns too: our lines among others, links, lines put out of use.

# ensure_link PATH TARGET: a symbolic link.
ensure_link() {
    local path=$1 target=$2
    [ "$(readlink "$path")" = "$target" ] || change "link $path to $target" make_link "$path" "$target"
    item "link:$path" "$(readlink "$path" || printf absent)"
}

make_link() {
    [ -d "${1%/*}" ] || install -d -m 0755 "${1%/*}"
    ln -sfn "$2" "$1.archive-new"
    mv -fT "$1.archive-new" "$1"
}

# ensure_block PATH NAME < lines: our lines in a file with others, between two marks; none take them out. All other lines stay as
# they are, also those after a mark whose end somebody removed.
ensure_block() {
    local path=$1 first="# BEGIN archive $2" last="# END archive $2" wanted found='' others='' block='' line
    wanted=$(cat)
    [ -z "$wanted" ] || wanted=$first$'\n'$wanted$'\n'$last$'\n'
    if [ -f "$path" ]; then
        while IFS= read -r line || [ -n "$line" ]; do
            if [ -z "$block" ] && [ "$line" != "$first" ]; then
                others+=$line$'\n'
                continue
            fi
            block+=$line$'\n'
            if [ "$line" = "$last" ]; then
                found+=$block block=''
            fi
        done < "$path"
        [ -z "$block" ] || others+=${block#"$first"$'\n'} found+=$block
    fi
    if [ "$found" != "$wanted" ]; then
        change "write our part of $path" write_file "$path" "$(stat --format=%a "$path" 2> /dev/null || printf 644)" \
            "$(stat --format=%U:%G "$path" 2> /dev/null || printf root:root)" '' "$others$wanted"
        planning || found=$wanted
    fi
    item "block:$path" "$(printf '%s' "$found" | short_digest)"
}

# ensure_lines_out PATH PATTERN: lines that match the extended regular expression become comments that say so.
OUT='# put out of use by archive: '
ensure_lines_out() {
    local path=$1 pattern=$2
    if grep -qE "$pattern" "$path" 2> /dev/null; then
        change "put lines of $path out of use" sed -i -E "\\#$pattern#s/^/$OUT/" "$path"
    fi
    item "lines:$path" "$(grep -cE "$pattern" "$path" 2> /dev/null || true) in use"
}

# ensure_lines_back PATH: what ensure_lines_out did, undone.
ensure_lines_back() {
    grep -q "^$OUT" "$1" 2> /dev/null || return 0
    change "put lines of $1 back into use" sed -i "s/^$OUT//" "$1"
}
