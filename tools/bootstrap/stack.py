"""The commands that work on the `dev` stack: up, down, env, password, clean-data."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tools.bootstrap import engine, locks, own_state, processes, pulumi_settings, python_environment, updates
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.paths import STACK, Checkout
from tools.bootstrap.progress import Progress
from tools.bootstrap.python_environment import RUNTIME

CLEAN_WORD = "delete"


def up(checkout: Checkout, environ: Mapping[str, str], progress: Progress) -> None:
    """Set up what is missing, run `pulumi up`, and say where the community is."""
    checkout.prepare()
    with locks.hold(_lock(checkout), "make up", progress):
        settings = prepare(checkout, environ, progress)
        _require_stack(checkout, settings, progress)
        # --refresh: after a reboot the state says that services run which are gone.
        tally = updates.run(checkout, settings, progress, "up", "--refresh", title="pulumi up")
        progress.note(_welcome(updates.outputs(checkout, settings), tally, checkout))


def down(checkout: Checkout, environ: Mapping[str, str], progress: Progress) -> None:
    """Run `pulumi destroy`; the data stays."""
    checkout.prepare()
    with locks.hold(_lock(checkout), "make down", progress):
        if pulumi_settings.backend(environ).own and not own_state.has_resources(checkout):
            progress.note("Nothing is up.")
            return
        settings = prepare(checkout, environ, progress)
        own_state.free_abandoned_locks(checkout, progress)
        tally = updates.run(checkout, settings, progress, "destroy", title="pulumi destroy")
        progress.note(f"Everything is stopped ({tally.summary()}). The data is kept; `make up` brings it back.")


def environment(checkout: Checkout, environ: Mapping[str, str], progress: Progress) -> None:
    """Print what a shell needs for plain `pulumi` commands on this checkout."""
    checkout.prepare()
    settings = prepare(checkout, environ, progress)
    sys.stdout.write(pulumi_settings.as_shell(environ, settings) + "\n")


def password(checkout: Checkout, environ: Mapping[str, str], progress: Progress) -> None:
    """Print the administrator's password, and nothing else."""
    checkout.prepare()
    if pulumi_settings.backend(environ).own and not own_state.has_resources(checkout):
        raise BootstrapError("Nothing is up, so there is no administrator yet. Run `make up` first.")
    settings = prepare(checkout, environ, progress)
    told = updates.query(
        checkout, settings, "stack", "output", "administratorPassword", "--show-secrets", "--stack", STACK
    )
    sys.stdout.write(told + "\n")


def clean_data(checkout: Checkout, environ: Mapping[str, str], progress: Progress) -> None:
    """Delete the community's data and mail after a question; nothing else, and not while it is up.

    Raises:
        BootstrapError: the stack is up, or nobody can be asked and `YES=1` is not set.
    """
    checkout.prepare()
    with locks.hold(_lock(checkout), "make clean-data", progress):
        if _is_up(checkout, environ, progress):
            raise BootstrapError("The community is up and uses its data. Stop it first: make down")
        home = _working_folder(checkout)
        folders = [folder for folder in (home / "data", home / "mail") if folder.exists()]
        if not folders:
            progress.note("There is no data.")
            return
        progress.note("This deletes for good:\n" + "\n".join(f"    {folder}" for folder in folders))
        _ask(environ)
        for folder in folders:
            shutil.rmtree(folder)
        progress.note("Deleted. `make up` starts with an empty community.")


def prepare(
    checkout: Checkout, environ: Mapping[str, str], progress: Progress, groups: tuple[str, ...] = RUNTIME
) -> dict[str, str]:
    """The Python environment and the engine, side by side when they have to be made, and the engine's settings."""
    with ThreadPoolExecutor(max_workers=2) as workers:
        making = workers.submit(python_environment.sync, checkout, environ, progress, groups)
        finding = workers.submit(engine.ensure, checkout, environ, progress)
        try:
            making.result()
            found = finding.result()
        except KeyboardInterrupt:
            processes.interrupt_all()
            raise
    uv = None
    if found.origin != "build" and shutil.which("uv", path=environ.get("PATH", "")) is None:
        uv = python_environment.find_uv(environ, progress).parent
    return pulumi_settings.engine_environment(checkout, found, environ, uv=uv)


def _lock(checkout: Checkout) -> Path:
    return checkout.run / "make.lock"


def _require_stack(checkout: Checkout, settings: Mapping[str, str], progress: Progress) -> None:
    """Create and select the stack where it is not there yet; free when the checkout's own state has it."""
    if not pulumi_settings.backend(settings).own:
        updates.query(checkout, settings, "stack", "select", STACK, "--create")
    elif own_state.exists(checkout):
        own_state.free_abandoned_locks(checkout, progress)
    else:
        updates.query(checkout, settings, "stack", "init", STACK)


def _is_up(checkout: Checkout, environ: Mapping[str, str], progress: Progress) -> bool:
    if pulumi_settings.backend(environ).own:
        return own_state.has_resources(checkout)
    settings = prepare(checkout, environ, progress)
    exported = processes.answer(["pulumi", "stack", "export", "--stack", STACK], environ=settings, folder=checkout.root)
    return '"urn":' in (exported or "")


def _working_folder(checkout: Checkout) -> Path:
    """Where the stack keeps its data: `.archive`, or what `archive:home` in Pulumi.dev.yaml says."""
    text = checkout.stack_config.read_text(encoding="utf-8") if checkout.stack_config.exists() else ""
    found = re.search(r"""^\s+archive:home:\s*["']?([^"'\n]+)""", text, re.MULTILINE)
    return checkout.root / found[1].strip() if found else checkout.archive


def _ask(environ: Mapping[str, str]) -> None:
    if environ.get("YES") == "1":
        return
    if not sys.stdin.isatty():
        raise BootstrapError(
            "Nothing was deleted: nobody can be asked here. To delete without a question: make clean-data YES=1"
        )
    sys.stderr.write(f'Type "{CLEAN_WORD}" to go on: ')
    sys.stderr.flush()
    if sys.stdin.readline().strip() != CLEAN_WORD:
        raise BootstrapError("Nothing was deleted.")


def _welcome(outputs: Mapping[str, Any], tally: updates.Tally, checkout: Checkout) -> str:
    lines = [
        ("Open", outputs.get("url")),
        ("Administrator", outputs.get("administrator")),
        ("Password", "make password   (or: pulumi stack output administratorPassword --show-secrets)"),
        ("Logs", outputs.get("logs") or checkout.logs),
        ("Stop", "make down"),
    ]
    told = "\n".join(f"    {name:<15}{value}" for name, value in lines if value)
    return f"Game Archive is up ({tally.summary()}).\n\n{told}\n"
