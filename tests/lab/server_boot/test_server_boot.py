"""A server of the AWS stack starts on a real host: its boot script, systemd, Podman, Nginx and boto3 are the real ones.

The tests go on from one another, in their order: one server boots, serves, is changed, restarted and disturbed.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tests.lab.server_boot import cloud, given, image
from tests.lab.server_boot.given import BOOT, SECRET
from tests.lab.server_boot.place import place
from tests.lab.server_boot.server import Server
from tests.lab.server_boot.site import UNITS, Site, changed, digests
from tests.lab.site import seen_arguments, until

from archive_platform.aws import boot, media, quadlets
from archive_platform.catalogue import CATALOGUE, ServiceEntry, service

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.lab_server]

CONTAINERS = {name for each in CATALOGUE for name in (each.name, f"{each.name}-worker")}
NOTHING = {"effective": "0" * 16, "bounding": "0" * 16}
MISSING = "no such file or directory"
START_SECONDS = 120


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    """A server that was started once, from a bare host."""
    with place(tmp_path_factory.mktemp("server")) as (lab, amazon):
        (amazon.folder / "page.html").write_text("<html>Not what you look for</html>")
        (amazon.folder / Path(given.TRUST_STORE).name).write_bytes((amazon.folder / "cloud.crt").read_bytes())
        services = [given.IMAGES.of(each).removeprefix(f"{cloud.REGISTRY}/") for each in CATALOGUE]
        image.write(amazon.folder, services, quadlets.LOG_IMAGE.partition("/")[2])
        amazon.keep(given.parameters())
        server = Server(lab)
        server.deliver(amazon.folder / "cloud.crt")
        begun = time.monotonic()
        code, said = server.run_user_data(boot.script(BOOT))
        print(f"the first boot took {time.monotonic() - begun:.0f} s")
        yield Site(server, amazon, code, said)


def test_a_server_boots_and_serves(site: Site) -> None:
    assert site.code == 0, site.said
    assert site.said.splitlines()[-1] == "archive: the services run"
    assert set(site.runs()) == set(UNITS)
    for each in CATALOGUE:
        assert site.serves(each), each.name
        for path in {each.path, each.url_path("/posts/1")}:
            told = site.server.get(path).told
            assert (told["service"], told["path"]) == (each.name, path)
    assert site.server.get("/newsletter").told["service"] == "home"
    assert re.search(r"reads [1-9]", site.server.run("journalctl --output=cat --identifier=archive-logs"))


def test_images_and_secrets_come_with_the_servers_own_role(site: Site) -> None:
    """Amazon's stand-in refuses who is not signed by the key that the metadata service gave."""
    asked = site.amazon.asked()
    (parameters,) = [each for each in asked if each.get("target") == "GetParameters"]
    assert parameters["WithDecryption"] is True
    assert sorted(parameters["Names"]) == sorted(name for name, _ in BOOT.parameters.values())
    assert any(each.get("target") == "GetAuthorizationToken" for each in asked)
    pulled = {each["pulled"] for each in asked if "pulled" in each}
    assert {given.IMAGES.of(each).removeprefix(f"{cloud.REGISTRY}/") for each in CATALOGUE} <= pulled


def test_nobody_outside_sees_what_is_between_services(site: Site) -> None:
    for each in CATALOGUE:
        for path in ("/internal/events", "/internal", "/metrics"):
            assert site.server.get(each.url_path(path)).status == 404, (each.name, path)
        assert site.server.get(each.url_path("/health/ready"), port=quadlets.port(each)).status == 0
    listening = site.server.run("ss --listening --numeric --no-header --tcp").splitlines()
    addresses = {line.split()[3] for line in listening}
    outside = {address for address in addresses if not re.match(r"127\.|\[::1\]", address)}
    assert outside == {"0.0.0.0:22", "[::]:22", f"0.0.0.0:{boot.PORT}"}
    assert {f"127.0.0.1:{quadlets.port(each)}" for each in CATALOGUE} <= addresses


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        ({}, "10.77.0.1"),
        ({"X-Forwarded-For": "198.51.100.7"}, "198.51.100.7"),
        ({"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}, "198.51.100.7"),
        ({"X-Real-IP": "203.0.113.9"}, "10.77.0.1"),
    ],
)
def test_a_visitors_address_is_what_the_load_balancer_says(site: Site, sent: dict[str, str], counts: str) -> None:
    headers = site.server.get("/news/", sent).told["headers"]
    assert headers["X-Forwarded-For"] == [counts]
    assert headers["X-Forwarded-Proto"] == ["https"]


def test_who_is_not_of_the_network_cannot_choose_an_address(site: Site) -> None:
    answer = site.server.get_inside("/news/", {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Prefix": "/evil"})
    assert answer.told["headers"]["X-Forwarded-For"] == ["127.0.0.1"]
    assert "X-Forwarded-Prefix" not in answer.told["headers"]


@pytest.mark.parametrize("each", CATALOGUE, ids=lambda each: each.name)
def test_a_container_has_its_own_settings_and_may_do_nothing_else(site: Site, each: ServiceEntry) -> None:
    may = site.server.get(each.url_path("/may")).told
    environment = {name: value for name, value in may["environment"].items() if name.startswith("ARCHIVE_")}
    assert environment == digests({**BOOT.environments[each.name], **given.secrets(each)})
    assert (may["user"], may["capabilities"], may["noNewPrivs"]) == (image.USER, NOTHING, "1")
    own = {quadlets.DATA_FOLDER: "", "/tmp": ""}  # noqa: S108 - in the container
    assert may["write"] == {"/": "read-only file system", **own}
    assert may["read"] == {quadlets.CERTIFICATES: ""}
    for container in (each.name, f"{each.name}-worker"):
        memory = each.resources.memory_limit.removesuffix("Mi")
        assert site.limits(container) == (int(memory) << 20, int(each.resources.cpu_limit), 256)


def test_a_container_without_the_units_limits_may_more(site: Site) -> None:
    """Or the test above would see nothing."""
    command = "python -m archive_chassis.serve --port 8080"
    options = "--detach --rm --name free --user 0 --publish 127.0.0.1:9000:8080"
    site.server.run(f"podman run {options} {given.IMAGES.of(service('news'))} {command}")
    try:
        may = json.loads(site.server.run("curl --silent --retry 5 --retry-connrefused http://127.0.0.1:9000/may"))
        unlimited = site.limits("free")
    finally:
        site.server.run("podman rm --force free")
    assert may["capabilities"]["effective"] != NOTHING["effective"]
    assert (may["noNewPrivs"], may["write"]["/"]) == ("0", "")
    assert unlimited[0] > 1 << 40


def test_services_know_one_another_by_their_names(site: Site) -> None:
    for each in CATALOGUE:
        other = f"{quadlets.origin(each)}/health/live"
        assert site.reached("GET", other) == {"status": 200}, each.name
    assert "error" in site.reached("GET", "http://nobody:8080/")


def test_a_container_gets_no_key_of_the_servers_role(site: Site) -> None:
    """The launch template lets a token travel one hop; the control is what two would do."""
    url = f"http://{cloud.METADATA}/latest/api/token"
    on_the_server = (
        f"curl --silent --fail --max-time 5 --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' {url}"
    )
    assert site.server.run(on_the_server)
    assert "error" in site.reached("PUT", url)
    credentials = f"http://{cloud.METADATA}/latest/meta-data/iam/security-credentials/"
    assert site.reached("GET", credentials) == {"status": 401}

    site.amazon.allow_hops(2)
    try:
        assert site.reached("PUT", url) == {"status": 200}
    finally:
        site.amazon.allow_hops(1)


def test_a_board_alone_has_credentials_and_they_are_of_its_own_role(site: Site) -> None:
    for each in CATALOGUE:
        found = site.media(each)
        if each.board:
            role = given.MEDIA_ROLES[each.name].rpartition("/")[2]
            assert found.pop("key").startswith(f"ASIA-{role}-")
            assert found == {"settings": "", "write": "read-only file system"}
        else:
            assert found == dict.fromkeys(("settings", "key", "write"), MISSING)


def test_credentials_are_in_memory_for_root_and_their_board_alone(site: Site) -> None:
    assert site.server.run(f"findmnt --noheadings --output FSTYPE --target {media.FOLDER}").strip() == "tmpfs"
    file = f"{media.FOLDER}/news/{media.CREDENTIALS}"
    assert site.server.run(f"stat --format '%U %a' {media.FOLDER} {file}") == "root 700\nroot 644\n"
    assert cloud.LENT not in site.said
    assert cloud.LENT not in site.server.run("journalctl --output=export --all --no-pager")
    read = f"grep --quiet {cloud.LENT} {file}"
    assert site.server.is_so(read)
    assert not site.server.is_so(f"su --command '{read}' operator")


def test_credentials_are_renewed_under_a_container_and_kept_when_that_fails(site: Site) -> None:
    news, containers = service("news"), site.containers()
    first = site.media(news)["key"]
    site.server.run(f"systemctl start {media.UNIT}")  # as the timer does
    second = site.media(news)["key"]
    assert second != first
    assert second.startswith("ASIA-")

    site.amazon.let_take_on_roles(False)
    try:
        assert not site.server.is_so(f"systemctl start {media.UNIT}")
        assert "news keeps what it has" in site.server.run(f"journalctl --output=cat --unit={media.UNIT}")
        assert site.media(news)["key"] == second
    finally:
        site.amazon.let_take_on_roles(True)
    until("the unit tries again", lambda: site.media(news)["key"] != second, START_SECONDS)
    assert site.containers() == containers


def test_secrets_are_in_memory_and_with_podman_alone(site: Site) -> None:
    assert SECRET not in boot.script(BOOT)
    assert SECRET not in site.said
    assert SECRET not in site.server.run("cat /proc/*/cmdline 2>/dev/null || true")
    journal = site.server.run("journalctl --output=export --all --no-pager")
    assert "schema of news is new enough" in journal
    assert SECRET not in journal
    assert site.server.run("findmnt --noheadings --output FSTYPE --target /run/archive").strip() == "tmpfs"
    files = site.server.run("stat --format '%n %U %a' /run/archive /run/archive/*").splitlines()
    expected = [f"/run/archive/{name}.env root 600" for name in sorted(each.name for each in CATALOGUE)]
    assert files == ["/run/archive root 700", *expected]

    # Podman keeps the environment of a container with it, on the server's encrypted disk, for root's eyes.
    found = site.server.run(
        f"grep --recursive --files-with-matches {SECRET} /etc /home /opt /root /tmp /usr /var || true"
    )
    others = [path for path in found.splitlines() if not re.search(r"/bolt_state\.db$|/userdata/config\.json$", path)]
    assert found
    assert others == []
    assert not site.server.is_so(f"su --command 'cat {' '.join(found.split()[:2])}' operator | grep --quiet {SECRET}")


def test_a_second_run_changes_nothing(site: Site) -> None:
    runs, containers = site.runs(), site.containers()
    site.amazon.asked()
    code, said = site.server.run_user_data(boot.script(BOOT))
    assert (code, said) == (0, "archive: the services run\n")
    assert (site.runs(), site.containers()) == (runs, containers)
    asked = [each for each in site.amazon.asked() if each.get("target") != "AssumeRole"]  # the timer's, at its own time
    assert asked == [{"file": f"/{cloud.REGION}/{cloud.REGION}-bundle.pem"}]


def test_a_setting_of_one_service_starts_that_one_alone(site: Site) -> None:
    runs, containers = site.runs(), site.containers()
    with seen_arguments() as seen:
        code, said = site.server.run_user_data(boot.script(with_setting("news", "ARCHIVE_LOG_LEVEL", "DEBUG")))
    assert code == 0, said
    assert said == "archive: write /etc/archive/news.env\narchive: the services run\n"
    assert changed(runs, site.runs()) == set(quadlets.units_of("news"))
    assert changed(containers, site.containers()) == {"news", "news-worker"}
    assert site.server.get("/news/may").told["environment"]["ARCHIVE_LOG_LEVEL"] == digests({"": "DEBUG"})[""]
    assert any(b"/run/archive/news.env" in arguments for arguments in seen)
    assert not [arguments for arguments in seen if SECRET.encode() in arguments]


def test_migrations_that_fail_are_tried_again_and_stop_nothing_else(site: Site) -> None:
    containers = site.containers()
    before = int(site.server.run("cat $(podman volume inspect archive-news --format '{{.Mountpoint}}')/migrations"))
    code, said = site.server.run_user_data(boot.script(with_setting("news", "ARCHIVE_TEST_FAILURES", str(before + 1))))
    assert code != 0
    assert "archive: archive-news-migrate.service does not run, and is tried again:" in said
    assert "migrations of news fail as they were told to" in said
    assert site.serves(service("news"))
    assert changed(containers, site.containers()) == {"news", "news-worker"}
    until("the migrations are tried again", site.all_run, START_SECONDS)


def test_a_request_that_takes_long_is_answered_although_the_server_is_told_to_stop(site: Site) -> None:
    """Podman would kill a container after ten seconds, and the web server gives its requests twenty."""
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(site.server.get, "/qa/slow?for=13s", seconds=30)
        under_way = "journalctl --output=cat --identifier=archive-qa | grep --quiet 'answers after 13s'"
        until("the request is under way", lambda: site.server.is_so(under_way), 10)
        site.server.run("systemctl restart archive-qa.service")
        assert answer.result().status == 200


@pytest.mark.parametrize(
    ("kill", "restarted"),
    [("podman kill --signal KILL guides", {"guides"}), ("systemctl kill --signal KILL nginx.service", set[str]())],
    ids=["service", "nginx"],
)
def test_what_dies_comes_back(site: Site, kill: str, restarted: set[str]) -> None:
    runs, containers = site.runs(), site.containers()
    site.server.run(kill)
    until("it is noticed", lambda: site.runs() != runs, START_SECONDS)
    took = until("every unit runs", site.all_run, START_SECONDS)
    print(f"after `{kill}` every unit ran again within {took:.0f} s")
    assert site.serves(service("guides"))
    assert changed(containers, site.containers()) == restarted


def test_certificates_that_are_none_stop_the_boot_before_it_changes_anything(site: Site) -> None:
    runs, files = site.runs(), site.server.run("ls -l --full-time /etc/archive")
    url = given.TRUST_STORE.replace(Path(given.TRUST_STORE).name, "page.html")
    code, said = site.server.run_user_data(boot.script(replace(BOOT, certificates=url)))
    assert code != 0
    assert said == f"archive: {url} holds no certificate: set archive:database.certificates to where AWS' are\n"
    assert (site.runs(), site.server.run("ls -l --full-time /etc/archive")) == (runs, files)


def test_after_a_restart_everything_comes_back_with_the_secrets_of_now(site: Site) -> None:
    site.amazon.keep(given.parameters(release=2))
    before = site.containers()
    begun = time.monotonic()
    site.server.reboot()
    until("every unit runs", site.all_run, START_SECONDS)
    print(f"everything ran {time.monotonic() - begun:.0f} s after a restart was asked for")
    assert changed(before, site.containers()) == CONTAINERS | {"logs"}
    for each in CATALOGUE:
        told = site.server.get(each.url_path("/may")).told["environment"]
        assert digests(given.secrets(each, release=2)).items() <= told.items(), each.name


def test_boards_that_start_without_credentials_serve_and_find_them_later(site: Site) -> None:
    site.amazon.let_take_on_roles(False)
    try:
        site.server.reboot()
        until("every unit runs", site.all_run, START_SECONDS)
        assert all(site.serves(each) for each in CATALOGUE)
        assert site.media(service("news"))["key"] == MISSING
    finally:
        site.amazon.let_take_on_roles(True)
    until("the credentials come", lambda: site.media(service("news"))["key"] != MISSING, START_SECONDS)


def test_a_server_that_starts_without_systems_manager_waits_for_it(site: Site) -> None:
    site.amazon.stop()
    site.server.reboot()
    tried_again = "test $(systemctl show --property=NRestarts --value archive-secrets.service) -gt 0"
    until("the secrets are asked for again", lambda: site.server.is_so(tried_again), START_SECONDS)
    assert "archive-news.service" not in site.runs()
    assert site.server.get("/news/").status == 502

    site.amazon.start()
    took = until("every unit runs", site.all_run, START_SECONDS)
    print(f"everything ran {took:.0f} s after Systems Manager answered again")
    assert all(site.serves(each) for each in CATALOGUE)


def with_setting(name: str, variable: str, value: str) -> boot.Boot:
    """The server's boot with another value of one service's variable."""
    environment = {**BOOT.environments[name], variable: value}
    return replace(BOOT, environments={**BOOT.environments, name: environment})
