"""What is secret never leaves the program in clear, whoever prints it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from pydantic import BaseModel, SecretStr

# Shorter lines of a secret, as the end of a key's last line, would be found in innocent words
_SHORTEST = 6
_HIDDEN = "[secret]"


class Mask:
    """Replaces every known secret in a text by `[secret]`.

    A secret of several lines, as a private key is, is hidden line by line too: messages quote single lines.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        whole = {secret.strip() for secret in secrets}
        parts = {line.strip() for secret in whole for line in secret.splitlines()}
        armour = {part for part in parts if part.startswith("-----")}
        found = {part for part in whole | (parts - armour) if len(part) >= _SHORTEST}
        # The longest first: a secret may be part of another
        self._secrets = sorted(found, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without secrets.

        >>> Mask(["correct horse"])("password: correct horse")
        'password: [secret]'
        """
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text


def secrets_of(settings: object) -> Iterator[str]:
    """Every value that the settings keep as a SecretStr, wherever it stands in them."""
    inside: Iterable[object] = ()
    match settings:
        case SecretStr():
            yield settings.get_secret_value()
        case BaseModel():
            inside = [getattr(settings, name) for name in type(settings).model_fields]
        case Mapping():
            inside = cast("Mapping[object, object]", settings).values()
        case list() | tuple():
            inside = cast("Iterable[object]", settings)
        case _:
            return
    for each in inside:
        yield from secrets_of(each)
