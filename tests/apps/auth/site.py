"""The service as its visitors meet it: register, read mail, log in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from archive_auth.models import Member
from archive_chassis.database import database
from archive_chassis.tables import mail_queue, outbox
from archive_chassis.testing import Client, new_client

PASSWORD = "푸른 밤하늘의 별사탕"
OTHER_PASSWORD = "강가에 누운 오래된 돌"


@dataclass(frozen=True)
class Site:
    """One app on one empty database."""

    app: Flask

    def visitor(self) -> Client:
        """A fresh browser."""
        return new_client(self.app)

    def rows(self, query: Select[*tuple[Any, ...]]) -> list[Row[Any]]:
        with self.app.app_context(), Session(database().engine) as opened:
            return list(opened.execute(query))

    def member(self, nickname: str) -> Member:
        with self.app.app_context(), Session(database().engine, expire_on_commit=False) as opened:
            return opened.scalars(select(Member).where(Member.nickname == nickname)).one()

    def mails(self, recipient: str) -> list[Row[Any]]:
        """What waits to be sent to an address, the oldest first."""
        return self.rows(select(mail_queue).where(mail_queue.c.recipient == recipient).order_by(mail_queue.c.id))

    def link(self, recipient: str, page: str) -> str:
        """The newest link to a page in the mails to an address, as a path."""
        found = [
            match[0]
            for mail in self.mails(recipient)
            for match in re.finditer(rf"/auth{page}\?token=[\w-]+", mail.body)
        ]
        return found[-1]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [row.data for row in self.rows(select(outbox).where(outbox.c.type == kind).order_by(outbox.c.id))]

    def register(self, client: Client, nickname: str, email: str, password: str = PASSWORD) -> TestResponse:
        form = {"nickname": nickname, "email": email, "password": password, "agreed": "1"}
        return client.post("/auth/register", data=form)

    def finish(self, client: Client, email: str, password: str = PASSWORD) -> TestResponse:
        """Open the newest registration link of an address and complete it."""
        link = self.link(email, "/register/finish")
        assert client.get(link).status_code == 200
        return client.post("/auth/register/finish", data={"token": token_of(link), "password": password})

    def join(self, nickname: str = "새벽토끼", email: str = "rabbit@example.com", role: str = "member") -> Client:
        """A browser that has registered, finished and is logged in; with another role, given and logged in again."""
        client = self.visitor()
        assert self.register(client, nickname, email).status_code == 303
        assert self.finish(client, email).status_code == 303
        if role != "member":
            with self.app.app_context(), Session(database().engine) as opened:
                opened.scalars(select(Member).where(Member.nickname == nickname)).one().role = role
                opened.commit()
            assert log_in(client, nickname).status_code == 303
        return client


def token_of(link: str) -> str:
    return link.partition("token=")[2]


def log_in(client: Client, name: str, password: str = PASSWORD, next_path: str = "/") -> TestResponse:
    return client.post("/auth/login", data={"name": name, "password": password, "next": next_path})


def cookie(client: Client, name: str) -> str | None:
    """The value of a cookie that the browser keeps, whatever path it is for."""
    found = client.get_cookie(name, path="/auth") or client.get_cookie(name)
    return found.value if found else None


def cookies_set(answer: TestResponse) -> dict[str, str]:
    """The Set-Cookie headers of an answer by cookie name."""
    return {header.partition("=")[0]: header for header in answer.headers.getlist("Set-Cookie")}


def is_logged_in(client: Client) -> bool:
    """Whether the account pages open; asked with the access token that the browser has."""
    return client.get("/auth/me").status_code == 200
