# shellcheck shell=bash
# A load balancer: Nginx passes connections on, keepalived decides which host has the addresses that move.
#
# Nginx comes first: keepalived asks it before it takes the addresses. A configuration that is refused changes nothing, and
# one that is accepted is taken up by a reload, which keeps the connections that are open.

: "${ADDRESS:?}" "${INTERFACE?}" "${VIRTUAL_ADDRESSES:?}" "${LISTENERS:?}"
: "${NGINX_CONFIGURATION:?}" "${NGINX_DIGEST:?}" "${NGINX_UNIT:?}"
: "${KEEPALIVED_CONFIGURATION:?}" "${KEEPALIVED_UNIT:?}"
: "${CHECK:?}" "${NOTIFY:?}" "${ROTATION:?}" "${KERNEL_SETTINGS:?}" "${PACKAGES:?}"

OWN=/usr/local/lib/archive
LOGS=/var/log/archive
NGINX_FILE=/etc/nginx/nginx.conf
KEEPALIVED_FILE=/etc/keepalived/keepalived.conf
SYSCTL_FILE=/etc/sysctl.d/90-archive-load-balancer.conf
ROTATION_FILE=/etc/logrotate.d/archive-load-balancer
UNITS=/etc/systemd/system
ACCOUNT=keepalived_script

main() {
    begin "$1"
    case $VERB in
        remove) leave ;;
        *) serve ;;
    esac
    answer
}

serve() {
    find_interface
    ensure_kernel_settings
    ensure_units
    ensure_packages "${PACKAGES[@]}"
    ensure_account
    ensure_logs
    ensure_nginx
    ensure_keepalived
}

# The interface that has the host's address, unless the settings name one.
find_interface() {
    if [ -n "$INTERFACE" ]; then
        [ -e "/sys/class/net/$INTERFACE" ] ||
            fail "there is no interface $INTERFACE: correct archive:loadBalancer.interface (see: ip -brief address)"
    else
        INTERFACE=$(interface_with "$ADDRESS")
        [ -n "$INTERFACE" ] || fail "no interface has the address $ADDRESS: set archive:loadBalancer.interface (see: ip -brief address)"
    fi
    item interface "$INTERFACE"
}

# interface_with ADDRESS: the name of the interface that has it, or nothing.
interface_with() {
    local name=''
    read -r _ name _ < <(ip -4 -oneline address show to "$1/32") || true
    printf '%s' "$name"
}

# Here and not only at boot: Nginx cannot listen on an address of another host before.
ensure_kernel_settings() {
    local key value file
    ensure_file "$SYSCTL_FILE" 644 root:root '' < <(printf '%s' "$KERNEL_SETTINGS")
    while read -r key _ value; do
        case $key in '' | '#'*) continue ;; esac
        file=/proc/sys/${key//.//}
        [ "$(< "$file")" = "$value" ] || change "set $key to $value" set_kernel "$file" "$value"
        item "sysctl:$key" "$(< "$file")"
    done <<< "$KERNEL_SETTINGS"
}

set_kernel() { printf '%s\n' "$2" > "$1"; }

# Before the packages, which start what they bring, if `prepare` has not installed them.
ensure_units() {
    ensure_file "$UNITS/nginx.service.d/archive.conf" 644 root:root nginx-unit < <(printf '%s' "$NGINX_UNIT")
    ensure_file "$UNITS/keepalived.service.d/archive.conf" 644 root:root keepalived-unit \
        < <(printf '%s' "${KEEPALIVED_UNIT//@INTERFACE@/$INTERFACE}")
    if [ -e "$PENDING/nginx-unit" ] || [ -e "$PENDING/keepalived-unit" ]; then
        change "let systemd read its units again" systemctl daemon-reload
    fi
}

# keepalived runs its programs as this account, which may nothing but write the log.
ensure_account() {
    getent passwd "$ACCOUNT" > /dev/null || change "add the account $ACCOUNT" useradd --system --user-group \
        --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$ACCOUNT"
}

ensure_logs() {
    [ -d "$LOGS" ] || change "make $LOGS" install -d -m 755 "$LOGS"
    [ -e "$LOGS/vrrp.log" ] || change "make $LOGS/vrrp.log" install -m 640 -o "$ACCOUNT" -g adm /dev/null "$LOGS/vrrp.log"
    ensure_mode "$LOGS/vrrp.log" 640 "$ACCOUNT:adm"
    ensure_file "$ROTATION_FILE" 644 root:root '' < <(printf '%s' "$ROTATION")
}

# Nginx --------------------------------------------------------------------------------------------------------------

ensure_nginx() {
    planning || serving >/dev/null || try_nginx
    ensure_file "$NGINX_FILE" 644 root:root nginx < <(printf '%s' "$NGINX_CONFIGURATION")
    ensure_file "$OWN/check-nginx" 755 root:root '' < <(printf '%s' "$CHECK")
    restart_or_reload nginx
    planning || take_up
    item nginx:serving "$(serving || true)"
}

# Refused here, the running Nginx and its file stay as they were.
try_nginx() {
    local said
    printf '%s' "$NGINX_CONFIGURATION" | secret_file nginx.conf
    said=$(nginx -t -q -c "$SECRETS/nginx.conf" 2>&1) || fail "Nginx refuses its configuration, nothing was changed: $said"
}

# serving: prints the digest of what Nginx has loaded; true when that is what is wanted, and it listens everywhere.
serving() {
    local digest
    digest=$("$OWN/check-nginx" "${LISTENERS[@]}" 2> /dev/null) || return 1
    printf '%s' "$digest"
    [ "$digest" = "$NGINX_DIGEST" ]
}

# A reload says nothing of its success. One that cannot have its addresses, because something else held them, is mended by a
# restart.
take_up() {
    until_true 10 serving > /dev/null && return
    change "restart nginx, which does not take up its configuration" systemctl restart nginx
    until_true 10 serving > /dev/null && return
    fail "Nginx does not serve ${LISTENERS[*]}: $(tail -n 3 "$LOGS/nginx-error.log" 2>&1) (see: systemctl status nginx)"
}

# keepalived ---------------------------------------------------------------------------------------------------------

ensure_keepalived() {
    local configuration=${KEEPALIVED_CONFIGURATION//@INTERFACE@/$INTERFACE}
    ensure_file "$OWN/notify" 755 root:root keepalived < <(printf '%s' "$NOTIFY")
    planning || try_keepalived "$configuration"
    ensure_file "$KEEPALIVED_FILE" 644 root:root keepalived < <(printf '%s' "$configuration")
    restart_or_reload keepalived
    planning || until_true 15 addresses_answer ||
        fail "${LISTENERS[0]} does not answer: see 'journalctl -u keepalived' and $LOGS/vrrp.log, here and on the other load balancer"
}

# keepalived 2.2 ends itself in the middle of its test unless its parent has number 0, which is how a new namespace of
# processes shows one outside.
try_keepalived() {
    local said
    printf '%s' "$1" | secret_file keepalived.conf
    said=$(unshare --pid --fork keepalived --config-test --use-file "$SECRETS/keepalived.conf" 2>&1) ||
        fail "keepalived refuses its configuration, nothing was changed: $said"
}

# On whichever host it is.
addresses_answer() { timeout 1 bash -c "exec 3<> /dev/tcp/${LISTENERS[0]/://}" 2> /dev/null; }

# restart_or_reload NAME: a changed unit wants a restart, a changed configuration a reload.
restart_or_reload() {
    local how=reload
    if [ -e "$PENDING/$1-unit" ]; then
        how=restart
        mark_pending "$1"
    fi
    ensure_service "$1" "$how"
    planning || rm -f "$PENDING/$1-unit"
}

# Leaving ------------------------------------------------------------------------------------------------------------

# keepalived first: when it ends it tells the other host, and takes the addresses off.
# Packages, the account and the logs stay.
leave() {
    local file address
    ensure_stopped keepalived
    ensure_stopped nginx
    for file in "$KEEPALIVED_FILE" "$NGINX_FILE" "$UNITS"/{nginx,keepalived}.service.d/archive.conf \
        "$OWN"/{check-nginx,notify} "$SYSCTL_FILE" "$ROTATION_FILE"; do
        ensure_absent "$file"
    done
    for address in "${VIRTUAL_ADDRESSES[@]}"; do
        release "$address"
    done
    [ "$(< /proc/sys/net/ipv4/ip_nonlocal_bind)" = 0 ] ||
        change "set net.ipv4.ip_nonlocal_bind to 0" set_kernel /proc/sys/net/ipv4/ip_nonlocal_bind 0
    systemctl daemon-reload
    rm -f "$PENDING"/{nginx,keepalived}{,-unit}
}

release() {
    local interface
    interface=$(interface_with "$1")
    [ -z "$interface" ] || change "take $1 off $interface" ip address del "$1/32" dev "$interface"
}
