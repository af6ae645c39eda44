"""What a server is told when it first starts: the text, what shellcheck, Nginx and Podman's own generator say to it."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import subprocess
from dataclasses import replace
from ipaddress import IPv4Network
from itertools import pairwise
from pathlib import Path

import pytest
from tests.certificates import self_signed
from tests.infra import golden_files
from tests.infra.aws.quadlet import generated

from archive_platform.aws import boot, media, quadlets
from archive_platform.aws.quadlets import Images
from archive_platform.catalogue import CATALOGUE
from archive_platform.services.environment import Place, public_environment

GOLDEN = Path(__file__).parent / "golden"
ECR = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com"
AWS_LIMIT = 16_384  # bytes of user data before they are encoded (EC2 User Guide, "Run commands at launch")
PLACE = Place(
    environment="production",
    public_url="https://archive.example.com",
    origins={service.name: quadlets.origin(service) for service in CATALOGUE},
    trusted_proxies=1,
    data_folder=quadlets.DATA_FOLDER,
    log_level="INFO",
)
MEDIA_ROLES = {
    board.name: f"arn:aws:iam::123456789012:role/game-archive/prod/servers-media-{board.name}-0a1b2c3"
    for board in CATALOGUE
    if board.board
}
BOOT = boot.Boot(
    services=CATALOGUE,
    images=Images(ECR, "1.4.0"),
    environments={service.name: public_environment(PLACE, CATALOGUE, [service]) for service in CATALOGUE},
    parameters={service.name: (f"servers-{service.name}-0a1b2c3", 1) for service in CATALOGUE},
    media_roles=MEDIA_ROLES,
    network=IPv4Network("10.20.0.0/16"),
    certificates="https://truststore.example.com/bundle.pem",
    region="ap-northeast-2",
    log_group="servers-0a1b2c3",
)


def test_the_script_is_the_golden_one() -> None:
    golden_files.check(GOLDEN, "boot.sh", boot.script(BOOT))


def test_shellcheck_finds_nothing() -> None:
    def findings(text: str) -> str:
        command = ["shellcheck", "--shell=bash", "--format=gcc", "-"]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False).stdout

    assert findings(boot.script(BOOT)) == ""
    assert "SC2086" in findings(boot.script(BOOT) + "rm $1\n")


def test_it_fits_and_is_the_same_every_time() -> None:
    text = boot.encoded(boot.script(BOOT))
    assert gzip.decompress(base64.b64decode(text)).decode() == boot.script(BOOT)
    assert len(base64.b64decode(text)) < AWS_LIMIT * 2 / 3  # there will be more services
    assert text == boot.encoded(boot.script(BOOT))


def test_another_secret_is_another_script() -> None:
    """Or servers that run would go on with the old one."""
    renewed = replace(BOOT, parameters={**BOOT.parameters, "news": ("servers-news-0a1b2c3", 2)})
    assert boot.script(renewed) != boot.script(BOOT)


def test_only_amazons_registry_is_logged_in_to() -> None:
    other = boot.script(replace(BOOT, images=Images("registry.example.com:5000/team", "1.4.0")))
    assert "Image=registry.example.com:5000/team/game-archive/news:1.4.0" in other
    assert "amazon-ecr-credential-helper" not in other
    assert json.dumps({"credHelpers": {ECR: "ecr-login"}}) in boot.script(BOOT)


def test_nginx_accepts_its_configuration(tmp_path: Path) -> None:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert nginx, "nginx is not installed (apt-get install nginx-light)"
    self_signed(tmp_path, "server")
    text = boot.nginx(BOOT).replace(boot.CERTIFICATE, str(tmp_path / "server")).replace("/run/nginx", f"{tmp_path}/n")

    def says(text: str) -> str:
        (tmp_path / "nginx.conf").write_text(text)
        command = [nginx, "-t", "-e", "stderr", "-c", str(tmp_path / "nginx.conf")]
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr

    assert "test is successful" in says(text)
    assert "unknown directive" in says(text.replace("real_ip_header", "real_ip_heading"))


# Podman's own generator: the units that systemd gets


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    return generated(quadlets.units(CATALOGUE, BOOT.images), tmp_path_factory.mktemp("units"))


def test_every_service_has_its_three_units(units: dict[str, dict[str, list[str]]]) -> None:
    expected = {f"archive-{service.name}{word}" for service in CATALOGUE for word in ("", "-worker", "-migrate")}
    assert set(units) == {f"{name}.service" for name in (*expected, "archive-logs", "archive-network")}


def test_a_container_may_do_nothing_that_it_need_not(units: dict[str, dict[str, list[str]]]) -> None:
    for name, unit in units.items():
        if name in ("archive-network.service", "archive-logs.service"):
            continue
        (start,) = unit["Service.ExecStart"]
        for flag in ("--read-only", "--cap-drop=all", "no-new-privileges", "--memory=384m", "--pids-limit=256"):
            assert flag in start, f"{name}: {start}"
        assert "--network=archive" in start  # not the server's: IMDS is more than one hop away


def test_a_board_alone_finds_credentials_and_they_are_its_own(units: dict[str, dict[str, list[str]]]) -> None:
    def given(name: str) -> set[str]:
        (start,) = units[name]["Service.ExecStart"]
        return {word for word in start.split() if "media" in word}

    for service in CATALOGUE:
        own = {
            f"AWS_CONFIG_FILE={media.SETTINGS}",
            f"{media.SETTINGS}:{media.SETTINGS}:ro",
            f"{media.FOLDER}/{service.name}:{media.FOLDER}:ro",
        }
        for word in ("", "-worker"):
            assert given(f"archive-{service.name}{word}.service") == (own if service.board else set())
        assert given(f"archive-{service.name}-migrate.service") == set()
    assert {service.board for service in CATALOGUE} == {True, False}


def test_a_board_starts_after_the_first_try_for_credentials_and_without_them(
    units: dict[str, dict[str, list[str]]],
) -> None:
    """What is required would have to succeed. A web server that comes back after a crash waits for nothing."""
    for service in CATALOGUE:
        migrations, web = units[f"archive-{service.name}-migrate.service"], units[f"archive-{service.name}.service"]
        for key in ("Unit.Wants", "Unit.After"):
            assert (media.UNIT in " ".join(migrations[key]).split()) is service.board
            assert media.UNIT not in " ".join(web[key]).split()
            assert f"archive-{service.name}-migrate.service" in " ".join(web[key]).split()
        assert media.UNIT not in " ".join(migrations.get("Unit.Requires", []))


def test_only_nginx_on_the_server_reaches_a_service(units: dict[str, dict[str, list[str]]]) -> None:
    words = [word for unit in units.values() for line in unit["Service.ExecStart"] for word in line.split()]
    published = {after for word, after in pairwise(words) if word in ("--publish", "-p")}
    assert published == {f"127.0.0.1:{quadlets.port(service)}:8080" for service in CATALOGUE}


def test_what_fails_is_tried_again_and_stops_nothing_else(units: dict[str, dict[str, list[str]]]) -> None:
    """A unit that required its migrations would stay down for ever after the database was away for a minute."""
    for name, unit in units.items():
        if name == "archive-network.service":
            continue
        assert unit["Service.Restart"] in (["always"], ["on-failure"]), name
        assert all("migrate" not in line for line in unit.get("Unit.Requires", [])), name
    (after,) = units["archive-news.service"]["Unit.After"][:1]
    assert "archive-news-migrate.service" in after


def test_a_key_that_podman_does_not_know_is_noticed(tmp_path: Path) -> None:
    text = quadlets.units(CATALOGUE, BOOT.images)["archive-news.container"]
    with pytest.raises(AssertionError, match="unsupported key 'ReadOnlyness'"):
        generated({"archive-news.container": text.replace("ReadOnly=", "ReadOnlyness=")}, tmp_path)
