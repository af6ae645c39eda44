"""Headers by which a program says what it knows: which revision it read, and that it has asked for the same before."""

from __future__ import annotations

import re

from flask import request

from archive_chassis.api.problems import ConditionMissing, NotMatching, Unreadable

_REVISION = re.compile(r'"(0|[1-9][0-9]{0,17})"')
_KEY = re.compile(r"[\x21-\x7e]{8,64}")


def etag(revision: int) -> str:
    """The ETag of a revision: of what can be edited. Counts beside it may differ, so nobody is answered 304 by it."""
    return f'"{revision}"'


def expected_revision() -> int:
    """The revision in If-Match: the one ETag of what the program read (RFC 9110, section 13.1.1).

    ConditionMissing without the header, also for `*`: it would write over anything. NotMatching for what is no ETag of
    ours; a weak one never matches.
    """
    shown = request.headers.get("If-Match", "").strip()
    if shown in ("", "*"):
        raise ConditionMissing("읽을 때 받은 ETag를 If-Match 헤더에 적어 주세요")
    found = _REVISION.fullmatch(shown)
    if found is None:
        raise NotMatching("If-Match 헤더가 지금 ETag와 달라요")
    return int(found[1])


def idempotency_key() -> str | None:
    """The name that the program gave to what it wants done, so that asking twice does it once; None without one.

    Unreadable for one that is not 8 to 64 visible ASCII characters.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Unreadable("Idempotency-Key는 공백이 아닌 ASCII 문자 8~64자여야 해요")
    return key
