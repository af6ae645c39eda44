"""What everybody may see: keys, and how many statements a page takes."""

from __future__ import annotations

import json

import jwt
from tests.apps.auth.site import Site, cookie

from archive_auth import service
from archive_auth.services.devices import label
from archive_chassis.testing import internal_headers, sent_statements


def test_the_public_keys_verify_an_access_token_and_hold_nothing_private(lite: Site) -> None:
    answer = lite.visitor().get("/auth/.well-known/jwks.json")
    assert answer.headers["Cache-Control"] == "public, max-age=600"
    keys = answer.get_json()["keys"]
    assert all("d" not in key for key in keys)
    token = cookie(lite.join(), "archive_access") or ""
    kid = jwt.get_unverified_header(token)["kid"]
    key = jwt.PyJWK(next(key for key in keys if key["kid"] == kid))
    claims = jwt.decode(token, key, algorithms=["EdDSA"], issuer="archive")
    assert claims["name"] == "새벽토끼"
    assert claims["role"] == "member"
    assert claims["ver"] is True
    assert claims["exp"] - claims["iat"] == 900
    assert set(claims) == {"iss", "sub", "name", "avatar", "role", "ver", "sid", "jti", "joined", "iat", "exp"}


def test_private_parts_put_among_the_public_keys_by_mistake_are_not_served(lite: Site) -> None:
    settings = lite.app.extensions["archive_settings"]
    mistaken = settings.model_copy(update={"verification_keys": settings.signing_keys.get_secret_value()})
    lite.app.extensions["archive_settings"] = mistaken
    assert "d" not in lite.visitor().get("/auth/.well-known/jwks.json").get_json()["keys"][0]


def test_a_members_old_page_leads_to_the_one_at_home(lite: Site) -> None:
    moved = lite.visitor().get("/auth/members/7")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/members/7")


def test_a_page_takes_few_statements(lite: Site) -> None:
    client = lite.join()
    for address, most in (
        ("/auth/login", 1),
        ("/auth/register", 0),
        ("/auth/me", 1),
    ):
        with sent_statements(lite.app) as seen:
            client.get(address)
        assert len(seen) <= most, seen


def test_the_service_is_ready_and_serves_its_events(site: Site) -> None:
    site.join()
    assert site.visitor().get("/auth/health/ready").status_code == 200
    feed = site.visitor().get("/auth/internal/events?after=0", headers=internal_headers()).get_json()
    assert [entry["type"] for entry in feed["events"]] == ["member.registered"]
    assert json.dumps(feed).count("@") == 0


def test_the_background_jobs_run(lite: Site) -> None:
    lite.register(lite.visitor(), "새벽토끼", "rabbit@example.com")
    with lite.app.app_context():
        for job in service.jobs:
            job.run()
    assert lite.mails("rabbit@example.com") == []
    (written,) = lite.app.extensions["archive_settings"].mail_dir.iterdir()
    assert b"rabbit@example.com" in written.read_bytes()


def test_devices_are_named_so_that_their_owner_knows_them() -> None:
    chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
    galaxy = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 SamsungBrowser/27.0 Chrome/125.0 Mobile Safari/537.36"
    iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
    assert label(chrome) == "Windows · Chrome"
    assert label(chrome + " Edg/140.0") == "Windows · Edge"
    assert label(galaxy) == "Android · Samsung Internet"
    assert label(iphone) == "iPhone · Safari"
    assert label("curl/8.0") == ""
