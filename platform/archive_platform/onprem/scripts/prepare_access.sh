# shellcheck shell=bash
# Who is who, and who may come in: the host's name, the names of the others, administrators, sshd.

: "${HOST:?}" "${HOSTS_FILE:?}" "${SSH_USER:?}"

ADMINISTRATORS=archive-administrators # the group whose members we manage
MADE='Game Archive administrator'     # the comment of accounts that we made; others belong to the operator
SSHD_SETTINGS=/etc/ssh/sshd_config.d/10-archive.conf

# Names --------------------------------------------------------------------------------------------------------------

ensure_name() {
    ensure_file /etc/hostname 644 root:root '' <<< "$HOST"
    [ "$(uname -n)" = "$HOST" ] || change "call this host $HOST" hostname "$HOST"
    # cloud-init would give the old name back at the next start.
    [ ! -d /etc/cloud ] || ensure_file /etc/cloud/cloud.cfg.d/99-archive.cfg 644 root:root '' <<< 'preserve_hostname: true'
    item hostname "$(uname -n)"
    ensure_block /etc/hosts hosts <<< "$HOSTS_FILE"
}

# Administrators -----------------------------------------------------------------------------------------------------

ensure_administrators() {
    local name
    if [ ${#KEYS[@]} -gt 0 ]; then
        getent group "$ADMINISTRATORS" > /dev/null ||
            change "add the group $ADMINISTRATORS" groupadd --system "$ADMINISTRATORS"
        while read -r name; do
            ensure_administrator "$name"
        done < <(printf '%s\n' "${!KEYS[@]}" | LC_ALL=C sort)
    fi
    for name in $(administrators); do
        [ -n "${KEYS[$name]:-}" ] || change "withdraw the administrator $name" withdraw "$name"
    done
    item administrators "$(administrators)"
    ensure_sudoers
}

# Those that the host knows.
administrators() {
    local group
    group=$(getent group "$ADMINISTRATORS") || return 0
    group=${group##*:}
    printf '%s' "${group//,/ }"
}

# Whoever had the account before keeps it, and the keys in it; we add ours.
ensure_administrator() {
    local name=$1 account home
    account=$(getent passwd "$name") || true
    if [ -z "$account" ]; then
        change "add the administrator $name" useradd --create-home --shell /bin/bash --comment "$MADE" --password '*' \
            --groups "$ADMINISTRATORS" "$name"
        account=$(getent passwd "$name") || account="$name:x:::$MADE:/home/$name:"
    elif ! is_administrator "$name"; then
        change "make $name an administrator" admit "$name"
    fi
    home=$(cut -d : -f 6 <<< "$account")
    [ -d "$home/.ssh" ] || change "make $home/.ssh" install -d -m 700 -o "$name" -g "$(group_of "$name")" "$home/.ssh"
    if [[ $account == *":$MADE:"* ]]; then
        ensure_file "$home/.ssh/authorized_keys" 600 "$name:$(group_of "$name")" '' < <(printf '%s' "${KEYS[$name]}")
    else
        ensure_block "$home/.ssh/authorized_keys" keys <<< "${KEYS[$name]%$'\n'}"
        ensure_mode "$home/.ssh/authorized_keys" 600 "$name:$(group_of "$name")"
    fi
}

is_administrator() { [[ " $(id -nG "$1" 2> /dev/null) " == *" $ADMINISTRATORS "* ]]; }
was_made() { [ "$(getent passwd "$1" | cut -d : -f 5)" = "$MADE" ]; }
group_of() { id -gn "$1" 2> /dev/null || printf '%s' "$1"; }

admit() {
    usermod --append --groups "$ADMINISTRATORS" "$1"
    ! was_made "$1" || usermod --password '*' --expiredate '' "$1"
}

withdraw() {
    local home
    home=$(getent passwd "$1" | cut -d : -f 6)
    if was_made "$1"; then
        rm -f "$home"/.ssh/authorized_keys{,2}
        usermod --lock --expiredate 1 "$1"
    else
        ensure_block "$home/.ssh/authorized_keys" keys < /dev/null
        forget "block:$home/.ssh/authorized_keys"
    fi
    gpasswd --delete "$1" "$ADMINISTRATORS" > /dev/null
}

ensure_sudoers() {
    local path=/etc/sudoers.d/archive
    if [ ${#KEYS[@]} = 0 ]; then
        ensure_absent "$path"
        return
    fi
    ensure_file "$path" 440 root:root '' <<< "%$ADMINISTRATORS ALL=(ALL:ALL) NOPASSWD: ALL"
    planning || visudo --check --quiet --file "$path" || {
        rm -f "$path"
        fail "visudo refuses $path, and it was removed again: run visudo --check"
    }
}

# sshd ---------------------------------------------------------------------------------------------------------------

ensure_sshd() {
    local takes
    ensure_file "$SSHD_SETTINGS" 644 root:root ssh < <(sshd_settings)
    [ ! -e "$PENDING/ssh" ] || change "reload sshd" reload_sshd
    # The first setting wins: another file, or a missing Include, could leave ours without effect.
    takes=$(sshd_takes)
    planning || [ "$takes" = "$(sshd_wanted)" ] ||
        fail "sshd does not take $SSHD_SETTINGS, it has: $takes. Begin /etc/ssh/sshd_config with" \
            "'Include /etc/ssh/sshd_config.d/*.conf', and remove these settings from files before ours"
    item sshd "$takes"
}

sshd_settings() {
    cat <<- SETTINGS
		# Made by Game Archive. Changes are overwritten.
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		PermitEmptyPasswords no
		PermitRootLogin $(root_login)
		X11Forwarding no
		MaxAuthTries 4
		LoginGraceTime 30
		ClientAliveInterval 60
		ClientAliveCountMax 5
	SETTINGS
}

# By a key, and only where the stack itself comes in as root.
root_login() { if [ "$SSH_USER" = root ]; then printf prohibit-password; else printf no; fi; }

sshd_wanted() { printf 'passwords no, challenges no, root %s' "$(root_login)"; }

sshd_takes() {
    local key value passwords='' challenges='' root=''
    while read -r key value; do
        case $key in
            passwordauthentication) passwords=$value ;;
            kbdinteractiveauthentication) challenges=$value ;;
            permitrootlogin) root=${value/without-password/prohibit-password} ;; # its older name
        esac
    done < <(sshd -T 2> /dev/null)
    printf 'passwords %s, challenges %s, root %s' "$passwords" "$challenges" "$root"
}

reload_sshd() {
    sshd -t >&2 || {
        rm -f "$SSHD_SETTINGS" "$PENDING/ssh"
        fail "sshd refuses its settings, see above; ours were removed again"
    }
    systemctl try-reload-or-restart ssh
    rm -f "$PENDING/ssh"
}
