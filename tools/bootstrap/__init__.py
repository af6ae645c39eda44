"""From a fresh clone to a running community, with the standard library alone.

It runs under the system's Python (3.11 or newer) before any environment exists:

    python3 -m tools.bootstrap up | down | test | check | bench | env | password | clean-data

`python_environment` and `engine` each bring one thing a run needs, `pulumi_settings` tells the engine about this
checkout, `updates` runs it, `stack` and `checks` hold the commands. The Makefile has one target for each.
"""
