#!/bin/bash
# notify KIND NAME STATE PRIORITY: keepalived says that the state changed: MASTER, BACKUP, FAULT or STOP.
# A line for each change, in the journal and in a file that outlives it. The stack game-archive-onprem writes this program.

set -u

line="$2 $3"
now=$EPOCHREALTIME
printf '%(%Y-%m-%dT%H:%M:%S)T.%s%(%z)T %s\n' "${now%.*}" "${now#*.}" "${now%.*}" "$line" >> /var/log/archive/vrrp.log
logger --tag archive-vrrp --priority daemon.notice -- "$line"
