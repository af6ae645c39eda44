"""How many SQL statements an answer takes, and whether it connects anywhere: counted in the app itself."""

from __future__ import annotations

import socket
from unittest.mock import patch

from flask import Flask

from archive_chassis.testing import Client, sent_statements


def count(app: Flask, client: Client, path: str) -> tuple[int, int]:
    """SQL statements and outgoing connections of one GET of `path`. RuntimeError for any answer but 200."""
    connections: list[object] = []

    def connect(_self: socket.socket, address: object) -> None:
        connections.append(address)

    with sent_statements(app) as sent, patch.object(socket.socket, "connect", connect):
        answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} was answered {answer.status_code}")
    return len(sent), len(connections)
