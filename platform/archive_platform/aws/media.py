"""How the boards' containers come to what their pictures' bucket takes. Pure functions.

A container cannot ask for the server's role. Every twenty minutes the server takes on a role for each board, and leaves
its credentials where that board alone finds them. AWS' SDK in the container reads them anew before they expire.
"""

from __future__ import annotations

from collections.abc import Mapping

UNIT = "archive-media.service"
TIMER = "archive-media.timer"
PROGRAM = "/usr/local/sbin/archive-media"
FOLDER = "/run/archive-media"  # in memory; on the server it has a folder for each board
SETTINGS = "/etc/archive/media.conf"
CREDENTIALS = "credentials.json"

# Python is what an image is known to have. It is run anew when what it printed is about to expire
_SETTINGS = """\
[default]
region = {region}
credential_process = python -c "print(open('{folder}/{credentials}').read())"
"""

# Its folder stays when it ends or fails: containers have it open
_UNIT = """\
[Unit]
Description=Game Archive: take on the roles of the boards' pictures
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
Restart=on-failure
RestartSec=30
TimeoutStartSec=120
RuntimeDirectory=archive-media
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
Environment=AWS_STS_REGIONAL_ENDPOINTS=regional
ExecStart=/usr/bin/python3 {program} {region} {roles}
"""

# Credentials last an hour: two renewals may fail before one is missed
_TIMER = """\
[Unit]
Description=Game Archive: renew the credentials of the boards' pictures

[Timer]
OnCalendar=*:0/20

[Install]
WantedBy=timers.target
"""


def options(board: str) -> tuple[str, ...]:
    """For Quadlet's [Container] of a board: its credentials, and where AWS' SDK is told of them."""
    return (
        f"Environment=AWS_CONFIG_FILE={SETTINGS}",
        f"Volume={SETTINGS}:{SETTINGS}:ro",
        f"Volume={FOLDER}/{board}:{FOLDER}:ro",
    )


def settings(region: str) -> str:
    """Of AWS' SDK in a board's container; the same for all boards."""
    return _SETTINGS.format(region=region, folder=FOLDER, credentials=CREDENTIALS)


def units(region: str, roles: Mapping[str, str]) -> Mapping[str, str]:
    """Systemd's units that renew the credentials, by their names. `roles` are ARNs by the boards' names."""
    words = " ".join(f"{board}={role}" for board, role in roles.items())
    return {UNIT: _UNIT.format(program=PROGRAM, region=region, roles=words), TIMER: _TIMER}
