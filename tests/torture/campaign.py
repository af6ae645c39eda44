"""A campaign: one community, injections one after the other, and every check after each of them."""

from __future__ import annotations

import itertools
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from tests.torture import checks
from tests.torture.beginning import PLAYERS, begin
from tests.torture.checks import Violation
from tests.torture.checks.consumed import producer_of
from tests.torture.community import SITE, Community, running
from tests.torture.injections import Engine, Injection, plan
from tests.torture.journal import Journal, together
from tests.torture.players import Player

from archive_chassis.tables import event_offset, outbox_sequence

#: Moves of each player for one injection, and how often they are made again if the step was not come by.
MOVES, TURNS = 3, 16
#: Who must have heard of whom, at least: consumer → producers.
HEARS = {"home": ("guides", "qa", "auth"), "guides": ("auth",), "qa": ("auth",)}
SETTLED_S, LOOK_EVERY_S = 120.0, 0.1


@dataclass
class Report:
    """What a campaign did and found."""

    seed: int
    engine: Engine
    injections: int = 0
    acknowledged: int = 0
    lost: int = 0
    seconds: float = 0.0
    points: Counter[str] = field(default_factory=Counter[str])
    victims: Counter[str] = field(default_factory=Counter[str])
    violations: list[Violation] = field(default_factory=list[Violation])
    failed_at: Injection | None = None
    folder: Path | None = None

    @property
    def replay(self) -> str:
        """The command that does the same again."""
        options = f"--seed {self.seed} --engine {self.engine} --injections {self.injections}"
        return f'make torture ARGS="{options}"'

    def __str__(self) -> str:
        told = f"{self.injections} injections, {self.acknowledged} answers, {self.lost} never known"
        line = f"{self.engine}, seed {self.seed}: {told}, {self.seconds:.0f} s"
        if self.failed_at is None:
            return line
        found = "\n".join(f"  {violation}" for violation in self.violations[:20])
        return f"{line}\n{self.failed_at}\n{found}\nagain: {self.replay}\nlogs and data: {self.folder}"


class NeverReachedError(Exception):
    """Nobody came by the armed step: the plan and the load do not fit each other."""


@dataclass(frozen=True)
class Offsets:
    """How far each service has told (by its name) and heard (by its name and the source)."""

    told: dict[str, int]
    heard: dict[tuple[str, str], int]

    @property
    def settled(self) -> bool:
        if not self.told:
            return False
        expected = {(service, source): 0 for service, sources in HEARS.items() for source in sources} | self.heard
        return all(position == self.told[producer_of(source)] for (_service, source), position in expected.items())


class Campaign:
    """The state of one, between injections."""

    def __init__(self, community: Community, seed: int) -> None:
        self.community = community
        self._answers = threading.Semaphore(0)
        common, first = begin(community.wire())
        self._first = first
        self.players = [
            Player(number, seed, community.wire(), common, self._answers.release) for number in range(PLAYERS)
        ]
        self._chance = random.Random(f"{seed} driver")  # noqa: S311 - it must be the same every time

    def journal(self) -> Journal:
        return together([self._first, *(player.journal for player in self.players)])

    def inject(self, injection: Injection) -> list[Violation]:
        """Let it happen while the players play, let everything come back, and look."""
        armory = self.community.armory
        unit = self._chance.choice(self.community.units)
        armory.arm(injection)
        for turn in range(TURNS):
            self._play(injection, f"{injection.number}.{turn}", unit)
            if armory.has_fired(injection):
                break
            # A step of consumption may come a moment after the players have stopped.
            if injection.point.role == "worker" and self._comes_by(injection):
                break
        else:
            raise NeverReachedError(f"{injection} was not come by in {TURNS} turns\n{self.community.last_words()}")
        time.sleep(LOOK_EVERY_S)  # the mark of a kill is there a moment before the kill
        self.settle()
        try:
            return self.look()
        except SQLAlchemyError:  # that moment was longer
            self.settle()
            return self.look()

    def settle(self) -> None:
        """Until everybody is back and has heard everything. TimeoutError with the logs' ends if that never comes."""
        self.community.wait_until_ready()
        until = time.monotonic() + SETTLED_S
        while not (state := self._offsets()).settled:
            if time.monotonic() > until:
                raise TimeoutError(f"not everything was heard: {state}\n{self.community.last_words()}")
            time.sleep(LOOK_EVERY_S)

    def look(self) -> list[Violation]:
        """Every check on what is there now."""
        return checks.check(checks.read(self.community.database, self.journal()))

    def _play(self, injection: Injection, turn: str, unit: str) -> None:
        threads = [threading.Thread(target=player.play, args=(turn, MOVES)) for player in self.players]
        while self._answers.acquire(blocking=False):
            pass
        for thread in threads:
            thread.start()
        if injection.point.role == "driver":
            heard = all(self._answers.acquire(timeout=SETTLED_S) for _ in range(injection.at_pass))
            if heard and not self.community.armory.has_fired(injection):
                self.community.armory.fire(injection, self.community.group(unit))
        for thread in threads:
            thread.join()

    def _comes_by(self, injection: Injection) -> bool:
        until = time.monotonic() + 1
        while time.monotonic() < until:
            if self.community.armory.has_fired(injection):
                return True
            time.sleep(LOOK_EVERY_S)
        return False

    def _offsets(self) -> Offsets:
        sequences: dict[str, int] = {}
        heard: dict[tuple[str, str], int] = {}
        try:
            for service in SITE:
                with self.community.database(service).connect() as connection:
                    sequences[service] = connection.execute(select(outbox_sequence.c.value)).scalar_one()
                    for source, position in connection.execute(select(event_offset.c.source, event_offset.c.position)):
                        heard[service, source] = position
        except SQLAlchemyError:
            return Offsets({}, {})
        return Offsets(sequences, heard)


def run(
    seed: int, engine: Engine, injections: int, bug: str = "", say: Callable[[Report], None] = lambda _report: None
) -> Report:
    """Run a campaign, up to the first violation. `say` hears of each injection.

    The folder with logs and data is deleted, unless something was wrong: then it is the report's.
    """
    folder = Path(tempfile.mkdtemp(prefix="archive-torture-"))
    report = Report(seed, engine, folder=folder)
    try:
        _run(report, itertools.islice(plan(seed, engine), injections), bug, say)
    except KeyboardInterrupt:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if report.failed_at is None:
        shutil.rmtree(folder, ignore_errors=True)
        report.folder = None
    return report


def _run(report: Report, injections: Iterable[Injection], bug: str, say: Callable[[Report], None]) -> None:
    began = time.monotonic()
    assert report.folder is not None
    with running(report.folder, report.engine, bug) as community:
        campaign = Campaign(community, report.seed)
        for injection in injections:
            try:
                report.violations = campaign.inject(injection)
            except TimeoutError as error:
                report.violations = [Violation("everybody comes back and hears everything", str(error))]
            journal = campaign.journal()
            report.injections, report.acknowledged, report.lost = injection.number, journal.acknowledged, journal.lost
            report.points[str(injection.point)] += 1
            report.victims[injection.victim] += 1
            report.seconds = time.monotonic() - began
            say(report)
            if report.violations:
                report.failed_at = injection
                return
