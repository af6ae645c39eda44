"""A forgotten password."""

from __future__ import annotations

from datetime import timedelta

from tests.apps.auth.site import OTHER_PASSWORD, Site, is_logged_in, log_in, token_of

from archive_chassis import clock


def ask(site: Site, email: str) -> tuple[int, str | None, bytes]:
    answer = site.visitor().post("/auth/reset", data={"email": email})
    return answer.status_code, answer.location, answer.data


def test_the_answer_is_the_same_for_everybody(site: Site) -> None:
    site.join()
    assert ask(site, "rabbit@example.com") == ask(site, "nobody@example.com") == ask(site, "nonsense")
    assert site.mails("nobody@example.com") == []


def test_the_link_sets_a_password_once_and_ends_every_log_in(site: Site) -> None:
    client = site.join()
    ask(site, "Rabbit@example.com")
    link = site.link("rabbit@example.com", "/reset/new")
    visitor = site.visitor()
    page = visitor.get(link)
    assert "새벽토끼" in page.text
    assert page.headers["Referrer-Policy"] == "strict-origin"
    form = {"token": token_of(link), "new_password": OTHER_PASSWORD}
    answer = visitor.post("/auth/reset/new", data=form)
    assert (answer.status_code, answer.location) == (303, "/auth/login")
    assert not is_logged_in(client)
    assert log_in(site.visitor(), "새벽토끼", OTHER_PASSWORD).status_code == 303
    assert visitor.post("/auth/reset/new", data=form).status_code == 410


def test_a_weak_password_does_not_use_the_link_up(site: Site) -> None:
    site.join()
    ask(site, "rabbit@example.com")
    token = token_of(site.link("rabbit@example.com", "/reset/new"))
    refused = site.visitor().post("/auth/reset/new", data={"token": token, "new_password": "short"})
    assert refused.status_code == 422
    assert f'value="{token}"' in refused.text
    done = site.visitor().post("/auth/reset/new", data={"token": token, "new_password": OTHER_PASSWORD})
    assert done.status_code == 303


def test_a_link_expires_after_an_hour_and_a_newer_one_replaces_it(site: Site) -> None:
    site.join()
    ask(site, "rabbit@example.com")
    first = site.link("rabbit@example.com", "/reset/new")
    ask(site, "rabbit@example.com")
    second = site.link("rabbit@example.com", "/reset/new")
    assert site.visitor().get(first).status_code == 410
    assert site.visitor().get(second).status_code == 200
    with clock.moved(timedelta(minutes=61)):
        assert site.visitor().get(second).status_code == 410


def test_a_link_for_one_purpose_does_not_serve_another(site: Site) -> None:
    site.join()
    ask(site, "rabbit@example.com")
    token = token_of(site.link("rabbit@example.com", "/reset/new"))
    assert site.visitor().post("/auth/email/confirm", data={"token": token}).status_code == 410
    assert site.visitor().get(f"/auth/register/finish?token={token}").status_code == 410
    assert site.visitor().get("/auth/reset/new").status_code == 410
