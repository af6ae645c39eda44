"""The plugin's process."""

from __future__ import annotations

from ..provider.server import serve
from .servicer import Provider


def main(address: str) -> None:
    """`address` is that of the engine's gRPC service, host:port."""
    serve(address, Provider)
