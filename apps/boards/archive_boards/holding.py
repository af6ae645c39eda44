"""What waits for a moderator's look before others see it: links to elsewhere by members who are new."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import current_app

from archive_boards.writers import Writer
from archive_chassis import Settings

_LINK = re.compile(r'href="(?:https?:)?//([^/"?#]+)', re.IGNORECASE)


def must_wait(writer: Writer, html: str) -> bool:
    """Whether rendered `html` by this writer is held."""
    return writer.new and leads_elsewhere(html)


def leads_elsewhere(html: str) -> bool:
    """Whether there is a link to another site in rendered HTML."""
    settings: Settings = current_app.extensions["archive_settings"]
    own = urlsplit(settings.public_url).netloc.casefold()
    return any(host.casefold() != own for host in _LINK.findall(html))
