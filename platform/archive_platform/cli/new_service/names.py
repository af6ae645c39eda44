"""What the new service is called, in every form that its files need, checked before a file is written."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

from archive_platform.catalogue import CATALOGUE
from archive_platform.errors import PlatformError

LONGEST = 20
#: Words that are paths of the community already, or packages of it.
TAKEN = frozenset(
    {"api", "boards", "chassis", "feed", "health", "internal", "members", "metrics", "notifications", "platform"}
    | {"policy", "robots", "search", "services", "sitemap", "static"}
)


@dataclass(frozen=True)
class Names:
    """A new board's name (`reviews`, `patch-notes`), and what it is called in Korean and English."""

    name: str
    title: str
    english: str

    @property
    def package(self) -> str:
        """The import name of its package."""
        return f"archive_{self.name.replace('-', '_')}"

    @property
    def distribution(self) -> str:
        """The name of its distribution."""
        return f"archive-{self.name}"

    @property
    def revision(self) -> str:
        """How the ids of its migrations begin."""
        return self.name.replace("-", "_")

    @property
    def path(self) -> str:
        """Where it lives on the site."""
        return f"/{self.name}"

    @property
    def port_offset(self) -> int:
        """The next free one."""
        return max(entry.port_offset for entry in CATALOGUE) + 1


def checked(name: str, title: str, english: str) -> Names:
    """The names, or a PlatformError that says what is wrong with which."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > LONGEST:
        raise PlatformError(
            f"the name {name!r} cannot be part of an address and of a package: use lower-case letters, digits and "
            f"single dashes, {LONGEST} characters or fewer, such as reviews or patch-notes"
        )
    if name in TAKEN or keyword.iskeyword(name):
        raise PlatformError(f"the name {name!r} is taken by a part of the community: choose another one")
    if name in {entry.name for entry in CATALOGUE}:
        raise PlatformError(f"there is a service {name!r} already: apps/{name}")
    for option, text in (("--title", title), ("--english", english)):
        if not text.strip() or len(text) > 30 or any(ord(letter) < 32 or letter in "\"'\\{}" for letter in text):
            raise PlatformError(
                f"{option} {text!r}: give a short name (30 characters or fewer) without quotes, braces or backslashes"
            )
    return Names(name, title.strip(), english.strip())
