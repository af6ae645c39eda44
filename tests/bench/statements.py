"""How many SQL statements an answer takes, and whether it connects anywhere: counted in the app itself."""

from __future__ import annotations

import socket
from unittest.mock import patch

from flask import Flask
from sqlalchemy import event

from archive_chassis.database import database
from archive_chassis.testing import Client


def count(app: Flask, client: Client, path: str) -> tuple[int, int]:
    """SQL statements and outgoing connections of one GET of `path`. RuntimeError for any answer but 200."""
    with app.app_context():
        engine = database().engine
    statements: list[str] = []
    connections: list[object] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    def connect(_self: socket.socket, address: object) -> None:
        connections.append(address)

    event.listen(engine, "before_cursor_execute", note)
    try:
        with patch.object(socket.socket, "connect", connect):
            answer = client.get(path)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} was answered {answer.status_code}")
    return len(statements), len(connections)
