#!/bin/bash
# notify FIFO: writes down what keepalived tells through the pipe, a line for each change of state: MASTER, BACKUP, FAULT or
# STOP. They go into the journal and into a file that outlives it. keepalived starts this program and ends it by closing the
# pipe; the stack game-archive-onprem writes it.

set -u
trap '' TERM  # the last word, STOP, comes together with this signal

while read -r _ name state _; do
    case $state in
        MASTER | BACKUP | FAULT | STOP) ;;
        *) continue ;;
    esac
    line="${name//\"/} $state"
    now=$EPOCHREALTIME
    printf '%(%Y-%m-%dT%H:%M:%S)T.%s%(%z)T %s\n' "${now%.*}" "${now#*.}" "${now%.*}" "$line" >> /var/log/archive/vrrp.log
    logger --tag archive-vrrp --priority daemon.notice -- "$line"
done < "$1"
