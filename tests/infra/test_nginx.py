"""The gateway's configuration: a golden file, and what Nginx itself says to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive_platform.catalogue import CATALOGUE
from archive_platform.local import nginx
from archive_platform.local.gateway import _check, _nginx
from archive_platform.services.nginx import Upstream

GOLDEN = Path(__file__).parent / "golden" / "nginx.conf"
UPSTREAMS = [Upstream(entry.path, 8080 + entry.port_offset) for entry in CATALOGUE]


def test_the_configuration_is_the_golden_one() -> None:
    """After a change that is meant: read the difference, then put the new text into golden/nginx.conf."""
    assert nginx.render("127.0.0.1", 8080, UPSTREAMS, Path("/home/run/nginx"), "0123abcd") == GOLDEN.read_text()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1"])
def test_nginx_accepts_it(tmp_path: Path, host: str) -> None:
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(nginx.render(host, 18080, UPSTREAMS, tmp_path, "r"))
    _check(_nginx(), configuration)


def test_nginx_refusal_is_shown(tmp_path: Path) -> None:
    from archive_platform.errors import ServiceError

    configuration = tmp_path / "nginx.conf"
    configuration.write_text("events {}\nhttp { nonsense; }\n")
    with pytest.raises(ServiceError, match='unknown directive "nonsense"'):
        _check(_nginx(), configuration)


def test_without_nginx_the_operator_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from archive_platform.errors import ServiceError

    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("archive_platform.local.gateway.SEARCHED", "")
    with pytest.raises(ServiceError, match="apt-get install nginx-light"):
        _nginx()
