"""The community's first page, fed by the events of every board, and the pages about the community itself."""

from archive_home.application import service

__all__ = ["service"]
