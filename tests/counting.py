"""What an app does to answer: the SQL statements it sends, and the addresses it connects to beside its database."""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from flask import Flask

from archive_chassis.database import database
from archive_chassis.testing import sent_statements


@dataclass
class Seen:
    """The statements, each with its values, and the addresses of attempts to connect."""

    statements: list[tuple[str, Any]]
    connections: list[object] = field(default_factory=list[object])


@contextmanager
def counting(app: Flask) -> Generator[Seen]:
    """Count within the block. Connections to the app's own database are made, all others are only noted."""
    with app.app_context():
        url = database().engine.url
    own = (url.host, url.port)
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def noted(address: object) -> bool:
        if address == own:
            return False
        seen.connections.append(address)
        return True

    def stand_in(self: socket.socket, address: Any) -> None:
        if not noted(address):
            connect(self, address)

    def stand_in_ex(self: socket.socket, address: Any) -> int:
        return 0 if noted(address) else connect_ex(self, address)

    with (
        sent_statements(app) as sent,
        patch.object(socket.socket, "connect", stand_in),
        patch.object(socket.socket, "connect_ex", stand_in_ex),
    ):
        seen = Seen(sent)
        yield seen
