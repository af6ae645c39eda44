"""The `dev` stack with a process for each service behind Nginx, through the real engine; one story, in this order."""

from __future__ import annotations

import pytest
from tests.engine.community import Community, visitors

from archive_platform.catalogue import CATALOGUE
from archive_platform.local.processes import Process

pytestmark = [pytest.mark.slow, pytest.mark.alone]

NAMES = [entry.name for entry in CATALOGUE]


@pytest.fixture(scope="module", autouse=True)
def _up(community: Community) -> None:
    community.set(topology="per-service", workers="1", sampleContent="false")
    community.up()


def pids(community: Community) -> dict[str, int]:
    return {name: community.pid(name) for name in [*NAMES, "gateway"]}


def test_each_service_has_a_process_and_a_release_of_its_own_behind_one_origin(community: Community) -> None:
    assert len(set(pids(community).values())) == len(NAMES) + 1
    releases = {community.release(entry.url_path(entry.probes.ready)) for entry in CATALOGUE}
    assert len(releases) == len(NAMES)
    assert community.up().changes == {}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/news", 200),
        ("/news/", 200),
        ("/auth/login", 200),
        ("/newsletter", 404),
        ("/internal/events", 404),
        ("/news/internal/events", 404),
        ("/news/%69nternal/events", 404),
        ("/auth/x/../internal/events", 404),
        ("/auth//internal/events", 404),
        ("/metrics", 404),
        ("/qa/metrics", 404),
    ],
)
def test_the_gateway_lets_through_what_is_for_visitors(community: Community, path: str, status: int) -> None:
    token = community.environ["INTERNAL_TOKEN"] = (
        community.environ.get("INTERNAL_TOKEN") or community.outputs()["environment"]["ARCHIVE_INTERNAL_TOKEN"]
    )
    found, body = community.get(path, {"Authorization": f"Bearer {token}"})
    if path == "/news" and found in (301, 308):  # the service's own redirect to its list
        found, body = community.get("/news/")
    assert found == status
    if status == 404 and path != "/newsletter":
        assert "nginx" in body  # refused by the gateway itself, although the token is right


def test_only_the_service_whose_code_changed_starts_again_and_no_visitor_notices(community: Community) -> None:
    before = pids(community)
    with (
        community.changed("apps/news/archive_news/__init__.py", "\n# a change of this test\n"),
        visitors(community, "/news/health/ready", "/", "/auth/login") as visits,
    ):
        assert community.up().changes == {"updated": 1}
        after = pids(community)
    assert [name for name in before if before[name] != after[name]] == ["news"]
    assert visits.failures == []
    assert visits.statuses == {200}
    assert visits.count > 50


def test_what_all_services_share_starts_all_of_them_again(community: Community) -> None:
    before = pids(community)
    community.set(logLevel="WARNING")
    assert community.up().changes == {"updated": len(NAMES)}
    after = pids(community)
    assert [name for name in before if before[name] == after[name]] == ["gateway"]


def test_one_process_for_all_takes_over_from_the_gateway_without_a_gap(community: Community) -> None:
    before = pids(community)
    community.set(topology="single")
    with visitors(community, "/news/health/ready", "/auth/login") as visits:
        assert community.up().changes == {"created": 1, "deleted": len(NAMES) + 1}
    assert visits.failures == []
    assert visits.statuses == {200}
    assert not any(Process.of(pid) for pid in before.values())
    assert community.running("community") is not None
