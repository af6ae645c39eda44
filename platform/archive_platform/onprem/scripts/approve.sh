#!/bin/bash
# Approves the serving certificates that this cluster's kubelets ask for, and no others. Made by Game Archive.
#
# A request is approved when its user is the node system:node:NAME, its subject is that user, and it names nothing but that
# node's name and address, as /etc/archive/nodes lists them ("NAME ADDRESS"). Everything else waits for a person.
set -euo pipefail

export KUBECONFIG=/etc/kubernetes/admin.conf
[ -e "$KUBECONFIG" ] || exit 0

requests=$(kubectl get certificatesigningrequests --request-timeout 10s -o go-template='{{range .items}}{{if and (eq .spec.signerName "kubernetes.io/kubelet-serving") (not .status.conditions)}}{{.metadata.name}} {{.spec.username}} {{.spec.request}}{{"\n"}}{{end}}{{end}}') || exit 0

while read -r name user request; do
    [ -n "$name" ] || continue
    node=${user#system:node:}
    address=$(awk -v node="$node" '$1 == node {print $2}' /etc/archive/nodes)
    text=$(base64 --decode <<< "$request" | openssl req -noout -subject -text -nameopt RFC2253 2> /dev/null) || continue
    subject=$(sed -n 's/^subject=//p' <<< "$text")
    names=$(sed -n '/Subject Alternative Name/{n;s/ //g;p}' <<< "$text" | tr ',' '\n' | LC_ALL=C sort | tr '\n' ' ')
    if [ -n "$address" ] && [ "$user" != "$node" ] && [ "$subject" = "CN=$user,O=system:nodes" ] &&
        [ "$names" = "DNS:$node IPAddress:$address " ]; then
        kubectl certificate approve "$name" --request-timeout 10s
    else
        echo "left for a person: $name of $user asks for $names(known: $node $address)" >&2
    fi
done <<< "$requests"
