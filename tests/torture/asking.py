"""Asking as a browser does: again with the same form when the answer is lost, and what is known afterwards."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.torture.journal import Journal
from tests.torture.wire import Answer, LostAnswerError, SlowAnswerError, Wire

from archive_chassis.tokens import Member

#: One in so many lost answers is not asked about again: it stays a maybe.
SHRUG = 5
AGAIN_AFTER_S, AGAIN_FOR_S = 0.04, 60.0


@dataclass(frozen=True)
class Told:
    """How a request ended: taken or not known. `location` is where the answer led, "" without one."""

    taken: bool
    location: str = ""

    @property
    def id(self) -> int | None:
        """The post or the comment that the answer leads to."""
        _, _, tail = self.location.rpartition("#comment-" if "#comment-" in self.location else "/")
        return int(tail) if tail.isdecimal() else None


class Asker:
    """One who sends forms, and writes into a journal how that went. `heard` is called for every answer."""

    def __init__(self, wire: Wire, heard: Callable[[], None]) -> None:
        self.journal = Journal()
        self._wire = wire
        self._heard = heard
        self._chance = random.Random()  # noqa: S311 - seeded anew for every turn

    def _ask(self, path: str, form: dict[str, str], member: Member, applied: tuple[int, ...] = ()) -> Told:
        """Send a form until it is answered, or, one time in SHRUG, once.

        `applied` are the refusals that say, after a lost answer, that the form was taken the first time.
        """
        shrugs = self._chance.randrange(SHRUG) == 0
        until, tries = time.monotonic() + AGAIN_FOR_S, 0
        while time.monotonic() < until:
            tries += 1
            answer = self._try(path, form, member)
            if answer is not None and answer.status == 303:
                self.journal.acknowledged += 1
                self._heard()
                return Told(True, answer.location)
            if answer is not None and answer.status < 500:
                if tries > 1 and answer.status in applied:
                    self.journal.acknowledged += 1
                    return Told(True)
                self.journal.wrongs.append(f"{path} was answered {answer.status} (try {tries})")
                return Told(False)
            if shrugs:
                self.journal.lost += 1
                return Told(False)
            time.sleep(AGAIN_AFTER_S)
        self.journal.wrongs.append(f"{path} was not answered within {AGAIN_FOR_S:.0f} s, {tries} tries")
        return Told(False)

    def _try(self, path: str, form: dict[str, str], member: Member) -> Answer | None:
        try:
            return self._wire.post(path, form, member)
        except LostAnswerError:
            return None
        except SlowAnswerError as error:
            self.journal.wrongs.append(str(error))
            return None
