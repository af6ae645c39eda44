"""Reading forms: text normalised once, and the form shown again, with what was typed, when a service refuses it."""

from __future__ import annotations

from typing import Any

from flask import g, request

from archive_chassis import typed
from archive_chassis.templating import render


def text(name: str) -> str:
    """A form field as one trimmed line in NFC; "" when it is missing. Hangul typed on a Mac arrives decomposed."""
    return typed.one_line(request.form.get(name, ""))


def multiline(name: str) -> str:
    """A form field in NFC with "\\n" line ends, without trailing white space."""
    return typed.many_lines(request.form.get(name, ""))


def secret(name: str) -> str:
    """A password field: NFC, so that the same keys give the same bytes on every machine, and otherwise as typed."""
    return typed.nfc(request.form.get(name, ""))


def checked(name: str) -> bool:
    """Whether a check box was sent."""
    return name in request.form


def show_again(template: str, **values: Any) -> None:
    """If the service refuses this request's input, answer with `template`, given `values` and the field `errors`."""
    g.archive_form = (template, values)


def refused(errors: dict[str, str]) -> str | None:
    """The form again with its errors, or None where no form was announced."""
    announced = g.get("archive_form")
    if announced is None:
        return None
    template, values = announced
    return render(template, errors=errors, **values)
