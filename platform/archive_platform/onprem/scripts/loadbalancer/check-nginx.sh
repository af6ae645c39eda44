#!/bin/bash
# check-nginx ADDRESS:PORT...: whether this host's Nginx works. Prints the digest of the configuration it has loaded.
#
# It works when its workers answer and it listens on each address. The addresses themselves cannot be asked: on all hosts but
# one, that would ask the one that has them. keepalived runs this; the stack game-archive-onprem writes it.

set -u

SECONDS_TO_ANSWER=0.8  # keepalived gives up on this program after one

exec 2> /dev/null 3<> /dev/tcp/127.0.0.1/8081 || exit 1
printf 'GET /health HTTP/1.0\r\n\r\n' >&3
IFS= read -r -t "$SECONDS_TO_ANSWER" -u 3 status || exit 1
[[ $status == 'HTTP/1.'[01]' 200 '* ]] || exit 1
while IFS= read -r -t "$SECONDS_TO_ANSWER" -u 3 line; do
    digest=${line%$'\r'}
done

listening=$(ss --no-header --listening --tcp --numeric) || exit 1
for listener in "$@"; do
    [[ $listening == *" $listener "* ]] || exit 1
done
printf '%s\n' "${digest-}"
