# A stand-in for an official plugin, read by the program that an engine finds on PATH as pulumi-resource-<plugin>.
# Python: the one of the stack's programs, else the checkout's.
set -eu
: "${1:?the engine starts this program and gives its address}"
plugin=${0##*/pulumi-resource-}
checkout=${here%/tests/engine/providers}
for python in "${PULUMI_RUNTIME_VIRTUALENV:+$PULUMI_RUNTIME_VIRTUALENV/bin/python}" "${PULUMI_PYTHON_CMD:-}" "$checkout/.venv/bin/python"; do
    if [ -n "$python" ] && [ -x "$python" ]; then
        # The address is the last argument: flags for logging may come before it.
        # -I: neither the folder of the program nor PYTHON… variables change what is imported.
        exec "$python" -I -c "import sys; sys.path.insert(0, f'{sys.argv[1]}/tests/engine'); sys.path.append(sys.argv[1]); from providers.$plugin.server import main; main(sys.argv[-1])" "$checkout" "$@"
    fi
done
echo "pulumi-resource-$plugin: no Python environment. Run \`make up\` once, or set PULUMI_PYTHON_CMD." >&2
exit 1
