"""Logging in: every host can be entered, and not through itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archive_platform.config.draft import Draft
from archive_platform.config.onprem.conflicts.known import Known, KnownHost
from archive_platform.config.paths import Path, render
from archive_platform.config.rules import Conflict

_KEYS = ("private_key", "private_key_file")


class _Login:
    """A host's `ssh` over the stack's, as `Ssh.over` has it, of settings that may be wrong."""

    def __init__(self, host: KnownHost, defaults: Draft) -> None:
        self._own = host.draft.find("ssh")
        self._defaults = defaults

    def _side(self, name: str) -> Draft:
        own = self._own
        if own is None:
            return self._defaults
        says = own.given & set(_KEYS) if name in _KEYS else own.given & {name}
        return own if says else self._defaults

    def get(self, name: str) -> Any:
        return self._side(name).get(name)

    def jump(self) -> Draft | None:
        return self._side("jump").find("jump")

    def is_wrong(self, name: str) -> bool:
        return name in self._side(name).wrong

    def where(self, *names: str) -> Path:
        """The `ssh` that decides about these settings: the host's if it says anything about one of them."""
        own = self._own
        return own.path if own and own.given & set(names) else self._defaults.path


def conflicts(known: Known) -> Iterator[Conflict]:
    for login in known.logins:
        yield from _one_key(login)
        if jump := login.find("jump"):
            yield from _one_key(jump)
    if "ssh" in known.draft.wrong:
        return
    keyless: dict[Path, list[str]] = {}
    powerless: dict[Path, list[str]] = {}
    for host in known.present:
        login = _Login(host, known.draft.part("ssh"))
        if not any(login.get(name) or login.is_wrong(name) for name in (*_KEYS, "agent")):
            keyless.setdefault(login.where(*_KEYS, "agent"), []).append(host.called)
        user = login.get("user")
        if user not in (None, "root") and login.get("sudo") is False:
            powerless.setdefault(login.where("user", "sudo"), []).append(host.called)
        yield from _jump(host, login)
    for path, names in keyless.items():
        yield _keyless(path, names)
    for path, names in powerless.items():
        yield Conflict(
            (*path, "sudo"),
            got="false",
            must="be true for an account other than root",
            why=f"only root may prepare {_these(names)}",
            mend="Set true, and let the account run sudo without a password",
        )


def _one_key(login: Draft) -> Iterator[Conflict]:
    if all(login.get(name) for name in _KEYS):
        yield Conflict(
            login.key("private_key_file"),
            must="not stand beside privateKey",
            why="there is one key to log in with",
            mend=f"Remove one: pulumi config rm --path '{render(login.key('private_key'))}'",
        )


def _keyless(path: Path, names: list[str]) -> Conflict:
    return Conflict(
        path,
        got="none of them",
        must="have privateKeyFile, privateKey or agent: true",
        why=f"nobody can log in to {_these(names)} without one",
        mend=f"Set one: pulumi config set --path '{render((*path, 'privateKeyFile'))}' '~/.ssh/id_ed25519'",
    )


def _jump(host: KnownHost, login: _Login) -> Iterator[Conflict]:
    jump = login.jump()
    if jump and host.address is not None and jump.get("address") == str(host.address):
        yield Conflict(
            jump.key("address"),
            must=f"be another host than {host.called}",
            why="it would be reached through itself",
            mend=f"Write `jump: null` below {render(host.key('ssh'))}, to reach it directly",
        )


def _these(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
