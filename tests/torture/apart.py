"""A community of one process for each service, of which some are stopped or held, and every page of a board."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from urllib.parse import quote

from PIL import Image
from tests.apps.boards.site import OWN
from tests.browser.community import wait_for
from tests.ports import free_port
from tests.torture.community import PROJECT
from tests.torture.wire import LostAnswerError, SlowAnswerError, Wire

from archive_boards.images.uploading import FIELD
from archive_boards.service import find_board
from archive_chassis import clock
from archive_chassis.health import script_directory
from archive_chassis.migrate import upgrade
from archive_chassis.service import find_service
from archive_chassis.testing import INTERNAL_TOKEN, KEYS, SECRET_KEY, SITE, TITLES, make_settings, public_key_set
from archive_chassis.tokens import ApiToken, Member, Signer

START_S, STOP_S = 180, 20
#: Pages are read so often, and the median counts.
READINGS = 5
MODERATOR = Member(id=8, nickname="지킴이", avatar="", role="moderator", verified=True, sid="sid-8")
READER = Member(id=7, nickname="새벽토끼", avatar="", role="member", verified=True, sid="sid-7")
#: Not pages: other services and the machinery read these, with a token of their own.
NO_PAGES = ("/internal/", "/metrics")


@dataclass(frozen=True)
class Page:
    """An address of a board, and who reads it: one of READERS, or "program", which shows an API token."""

    path: str
    reader: str


@dataclass(frozen=True)
class Seen:
    """What a page answered: its status, and the median of its times in seconds."""

    status: int
    seconds: float


#: A list's own ways to be narrowed and sorted.
NARROWED = ("?sort=votes", "?sort=active", "?author=8", f"?tag={quote('보스')}", "?lang=en")

READERS: dict[str, Member | None] = {"visitor": None, "member": READER, "moderator": MODERATOR}
API, PROGRAM = "/api/v1/", "program"


class Apart:
    """One process per service, each on an SQLite file of its own below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = {service: free_port() for service in SITE}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        for service in SITE:
            upgrade(self._database(service), script_directory(find_service(service).versions))

    def start(self, *services: str, bug: str = "") -> None:
        """Start these, and wait until each answers; with a planted bug if one is named."""
        for service in services:
            module = ["tests.torture.start", bug, "archive_chassis.serve"] if bug else ["archive_chassis.serve"]
            with (self._folder / f"{service}.log").open("ab") as log:
                self._processes[service] = subprocess.Popen(
                    [sys.executable, "-m", *module, "--port", str(self._ports[service])],
                    cwd=PROJECT,
                    env=self._environment(service),
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        for service in services:
            wait_for(lambda service=service: self._answers(service), f"{service} (log in {self._folder})", START_S)

    def hold(self, *services: str) -> None:
        """Let these take connections and never answer."""
        for service in services:
            os.killpg(self._processes[service].pid, signal.SIGSTOP)

    def stop(self, *services: str) -> None:
        """End these, held or not."""
        for service in services:
            process = self._processes.pop(service, None)
            if process is None:
                continue
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(STOP_S)

    def close(self) -> None:
        self.stop(*SITE)

    def wire(self, service: str) -> Wire:
        return Wire(self._ports[service])

    def _answers(self, service: str) -> bool:
        try:
            return self.wire(service).get(f"{SITE[service].rstrip('/')}/health/ready").status == 200
        except (LostAnswerError, SlowAnswerError):
            return False

    def _database(self, service: str) -> str:
        return f"sqlite:///{self._folder}/{service}.sqlite3"

    def _environment(self, service: str) -> dict[str, str]:
        temporary = self._folder / "tmp"
        temporary.mkdir(exist_ok=True)
        own = {
            "ENVIRONMENT": "production",
            "SITE": " ".join(f"{name}={path}" for name, path in SITE.items()),
            "MOUNT": service,
            "TITLES": json.dumps(TITLES),
            "PUBLIC_URL": f"http://127.0.0.1:{self._ports[service]}",
            "DATA_DIR": str(self._folder / "data"),
            "MAIL_DIR": str(self._folder / "mail"),
            "SECRET_KEY": SECRET_KEY,
            "SIGNING_KEYS": json.dumps(KEYS),
            "VERIFICATION_KEYS": json.dumps(public_key_set(KEYS)),
            "INTERNAL_TOKEN": INTERNAL_TOKEN,
            "ORIGINS": " ".join(f"{name}=http://127.0.0.1:{port}" for name, port in self._ports.items()),
            "LOG_LEVEL": "WARNING",
            f"{service.upper()}_DATABASE_URL": self._database(service),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVE_")}
        return inherited | {"TMPDIR": str(temporary)} | {f"ARCHIVE_{name}": value for name, value in own.items()}


@dataclass(frozen=True)
class Content:
    """What was put on a board: what the parts of an address may stand for."""

    post: int
    comment: int
    picture: str

    def parts(self, endpoint: str) -> dict[str, str | int]:
        """The parts of an endpoint's address, by their names."""
        about = {
            "post_id": self.post,
            "comment_id": self.comment,
            "series_id": 1,
            "block": 0,
            "member_id": MODERATOR.id,
        }
        named = {"images.serve": self.picture, "static_files.serve_asset": "base.css"}
        return {**about, "kinds": "posts", "subject_id": self.post, "name": named.get(endpoint, "")}


def fill(wire: Wire, name: str) -> Content:
    """Put one of everything on a board."""
    board, own = find_board(name), OWN[name]
    wire.open_form(f"/{name}/write", MODERATOR)

    def send(path: str, form: dict[str, str], member: Member = MODERATOR) -> str:
        answer = wire.post(f"/{name}{path}", form, member)
        assert answer.status == 303, f"/{name}{path}: {answer.status}\n{answer.text[:2000]}"
        return answer.location

    form = {"title": "제목이에요", "body": "본문이에요", "category": board.categories[0].key, "tags": "보스 초보"} | own
    if board.guides:
        form |= {"series": "처음부터 끝까지"}
    post = int(send("/write", form).rsplit("/", 1)[1])
    send(f"/{post}/edit", form | {"body": "고친 본문이에요", "revision": "1"})
    comment = int(send(f"/{post}/comments", {"body": "댓글이에요"}).rsplit("-", 1)[1])
    send(f"/comments/{comment}/edit", {"body": "고친 댓글이에요"})
    send(f"/{post}/bookmark", {"keep": "1"}, READER)
    send("/write", form | {"title": "초안이에요", "save": "1"})
    uploaded = wire.upload(f"/{name}/images", FIELD, _picture(), MODERATOR)
    assert uploaded.status == 201, uploaded.text
    return Content(post, comment, str(json.loads(uploaded.text)["url"]).rsplit("/", 1)[1])


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(file, "PNG")
    return file.getvalue()


def pages(name: str, folder: Path, content: Content) -> Iterator[Page]:
    """Every address that the board answers to a GET, for every kind of reader. KeyError for a part without a value."""
    app = find_service(name).create_app(make_settings(name, folder))
    addresses = [f"/{query}" for query in NARROWED] + [f"/feed.atom?tag={quote('보스')}", f"/{content.post}?after=1"]
    with app.test_request_context():
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
            if "GET" not in (rule.methods or ()) or rule.rule.startswith(NO_PAGES):
                continue
            parts = content.parts(rule.endpoint)
            named = {name: parts[name] for name in map(str, rule.arguments)}  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
            built = rule.build(named, append_unknown=False)
            assert built is not None, rule
            addresses.append(built[1])
    for address in addresses:
        readers = ("visitor", PROGRAM) if address.startswith(API) else tuple(READERS)
        yield from (Page(f"/{name}{address}", reader) for reader in readers)


def look(wire: Wire, all_pages: Sequence[Page]) -> dict[Page, Seen]:
    """Read each page; one that is not answered has the status 0."""
    token = ApiToken("torture", READER, ("read",), clock.now() + timedelta(hours=1))
    shown = Signer(json.dumps(KEYS)).issue_api_token(token)
    seen: dict[Page, Seen] = {}
    for page in all_pages:
        times: list[float] = []
        statuses: list[int] = []
        while len(times) < READINGS and 0 not in statuses:
            began = time.perf_counter()
            statuses.append(_status(wire, page, shown if page.reader == PROGRAM else ""))
            times.append(time.perf_counter() - began)
        seen[page] = Seen(statuses[-1], median(times))
    return seen


def _status(wire: Wire, page: Page, token: str) -> int:
    """What a page answers, or the page of the same board that it leads to."""
    board, member = page.path.split("/")[1], READERS.get(page.reader)
    try:
        answer = wire.get(page.path, member, token)
        if answer.status == 303 and answer.location.startswith(f"/{board}/"):
            answer = wire.get(answer.location.partition("#")[0], member, token)
        return answer.status
    except (LostAnswerError, SlowAnswerError):
        return 0
