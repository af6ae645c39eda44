"""The form of systemd's calendar expressions (systemd.time(7)), as far as a mistake can be seen without systemd."""

from __future__ import annotations

import re

from archive_platform.config.rules import Wrong

_WORDS = frozenset(
    {"minutely", "hourly", "daily", "weekly", "monthly", "quarterly", "semiannually", "yearly", "annually"}
)
_DAY = r"(?:mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
_DAYS = re.compile(rf"{_DAY}(?:(?:\.\.|,|-){_DAY})*,?", re.IGNORECASE)
_DATE = re.compile(r"(?:(?P<year>[^-]+)-)?(?P<month>[^-~]+)[-~](?P<day>[^-~]+)")
_ZONE = re.compile(r"UTC|[A-Z][A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*")
_PART = re.compile(r"(\*|\d+(?:\.\d+)?(?:\.\.\d+(?:\.\d+)?)?)(?:/(\d+(?:\.\d+)?))?")
_CRON = re.compile(r"(?:[\d*/,-]+\s+){4}[\w*/,-]+|@\w+")


def calendar_expression(text: str) -> str:
    """A validator of calendar expressions, for days without time: `Mon..Fri`, `*-*-01`, `daily`, `*-*-* 00/6:00:00`."""
    if _CRON.fullmatch(text.strip()):
        raise Wrong(why="that is cron's form, and a systemd timer runs it", mend="Set one, as in *-*-* 00/6:00:00")
    if not _is_calendar(text.split()):
        raise ValueError("no calendar expression")
    return text


def _is_calendar(words: list[str]) -> bool:
    if len(words) > 1 and _ZONE.fullmatch(words[-1]) and not _is_days(words[-1]):
        words = words[:-1]
    if len(words) == 1 and words[0].lower() in _WORDS:
        return True
    forms = [_is_days, _is_date, _is_time]  # each at most once, in this order
    for word in words:
        while forms and not forms[0](word):
            forms.pop(0)
        if not forms:
            return False
        forms.pop(0)
    return bool(words)


def _is_days(word: str) -> bool:
    return bool(_DAYS.fullmatch(word))


def _is_date(word: str) -> bool:
    found = _DATE.fullmatch(word)
    if not found:
        return False
    year, month, day = found["year"] or "*", found["month"], found["day"]
    return _within(year, 1970, 2199) and _within(month, 1, 12) and _within(day, 1, 31)


def _is_time(word: str) -> bool:
    parts = word.split(":")
    return len(parts) in (2, 3) and all(
        _within(part, 0, most) for part, most in zip(parts, (23, 59, 59.999999), strict=False)
    )


def _within(list_: str, least: float, most: float) -> bool:
    """Whether each of `1,3..5,*/2` names numbers in the range."""
    for part in list_.split(","):
        found = _PART.fullmatch(part)
        if not found:
            return False
        numbers = [] if found[1] == "*" else [float(number) for number in found[1].split("..")]
        if any(not least <= number <= most for number in numbers) or (found[2] and float(found[2]) == 0):
            return False
    return True
