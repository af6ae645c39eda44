# shellcheck shell=bash
# Users, groups, and who owns a file.

groupadd() {
    note "$@"
    printf '%s:x:990:\n' "${*: -1}" >> /etc/group
}

join_group() { sed -i -E "/^$1:/{s/:\$/:$2/;t;s/\$/,$2/}" /etc/group; }

useradd() {
    note "$@"
    local name=${*: -1} comment='' group=''
    while [ $# -gt 0 ]; do
        case $1 in
            --comment) comment=$2 ;;
            --groups) group=$2 ;;
        esac
        shift
    done
    printf '%s:x:1001:1001:%s:/home/%s:/bin/bash\n' "$name" "$comment" "$name" >> /etc/passwd
    printf '%s:x:1001:\n' "$name" >> /etc/group
    [ -z "$group" ] || join_group "$group" "$name"
    mkdir -p "/home/$name"
}

usermod() {
    note "$@"
    local name=${*: -1}
    [ "$1 $2" != '--append --groups' ] || join_group "$3" "$name"
}

gpasswd() {
    note "$@"
    sed -i -E "/^$3:/{s/([:,])$2(,|\$)/\1/;s/,\$//}" /etc/group
}

visudo() { refuses visudo; }

# Owners: nobody here may give files away, so an owner is written beside, by the file's number.
owned() {
    local number
    number=$(/machine/bin/stat --format=%i "$1")
    sed -i "/^$number /d" /stub/owners
    printf '%s %s\n' "$number" "$2" >> /stub/owners
}

chown() { owned "$2" "$1"; }

stat() {
    local words=() path number owner missing=''
    while [[ ${1-} == --* ]]; do
        words+=("$1")
        shift
    done
    for path in "$@"; do
        if number=$(/machine/bin/stat --format=%i "$path"); then
            owner=$(sed -n "s/^$number //p" /stub/owners)
            /machine/bin/stat "${words[@]}" "$path" | sed "s/[^ ]*:[^ ]*/${owner:-root:root}/"
        else
            missing=yes
        fi
    done
    [ -z "$missing" ]
}

install() {
    local words=() owner='' group=''
    while [ $# -gt 0 ]; do
        case $1 in
            -o) owner=$2 && shift ;;
            -g) group=$2 && shift ;;
            *) words+=("$1") ;;
        esac
        shift
    done
    /machine/bin/install "${words[@]}"
    [ -z "$owner" ] || owned "${words[-1]}" "$owner:$group"
}
