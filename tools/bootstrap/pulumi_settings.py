"""What the engine must know about this checkout, as environment variables.

`engine_environment` is the one place that decides it: `make` uses it for every engine it starts, and `make env` prints
it, so that plain `pulumi up --stack dev` does the same thing.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.bootstrap.engine import Engine
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.paths import Checkout

PASSPHRASE_BYTES = 32
OWN_STATE = "/.archive/state"
OWN_PASSPHRASE = "/.archive/passphrase"  # noqa: S105 -- the name of the file, not what is in it


@dataclass(frozen=True)
class Backend:
    """Where the stack's state is kept.

    Attributes:
        own: the file backend of this checkout, under `.archive/state`.
        encrypts: it protects secrets itself (Pulumi Cloud), so no passphrase is needed.
    """

    own: bool
    encrypts: bool


def backend(environ: Mapping[str, str]) -> Backend:
    """The checkout's own file backend, unless the user is logged in or has named one elsewhere."""
    chosen = environ.get("PULUMI_BACKEND_URL") or ""
    if chosen.endswith(OWN_STATE):
        # What `make env` of this checkout, or of another one, left in the shell: never the state of another checkout.
        return Backend(own=True, encrypts=False)
    if not chosen and environ.get("PULUMI_ACCESS_TOKEN"):
        chosen = "https://api.pulumi.com"
    if not chosen:
        chosen = _logged_in(environ)
    return Backend(own=not chosen, encrypts=chosen.startswith(("https://", "http://")))


def engine_environment(
    checkout: Checkout, engine: Engine, environ: Mapping[str, str], *, uv: Path | None = None
) -> dict[str, str]:
    """The whole environment for an engine that works on this checkout; `environ` itself is left alone.

    Args:
        checkout: the clone; its passphrase file is made here when it is missing.
        engine: the engine to run.
        environ: what the user has set; a backend or a passphrase of their own is kept.
        uv: folder of a uv that is not on PATH; the official engine asks it for the environment.
    """
    where = backend(environ)
    result = dict(environ)
    folders = [engine.folder, *([uv] if uv else [])]
    if where.own:
        result["PULUMI_BACKEND_URL"] = f"file://{checkout.state}"
        folders.insert(0, _write_wrapper(checkout, engine))
    if not where.encrypts and not _has_passphrase(environ):
        result["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(_passphrase_file(checkout))
    if where.own:
        # The salt that belongs to the passphrase is found in the state; see _write_wrapper.
        result["PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER"] = "true"
    result["PATH"] = _with_first(folders, environ.get("PATH", ""))
    # The program runs under the workspace's Python: the built language host reads the first variable, the launcher of
    # the dynamic providers the second (else it looks for .venv in the program's folder); the official host asks uv.
    result["PULUMI_PYTHON_CMD"] = str(checkout.python)
    result["PULUMI_RUNTIME_VIRTUALENV"] = str(checkout.environment)
    result["PULUMI_SKIP_UPDATE_CHECK"] = "true"
    # Without .pyc files importing Pulumi takes four times as long, and that at every command.
    result.pop("PYTHONDONTWRITEBYTECODE", None)
    return result


def as_shell(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The difference as lines for `eval` in any POSIX shell; of the passphrase only the name of its file is in them."""
    exports = [
        f"export {name}={shlex.quote(value)}" for name, value in sorted(after.items()) if before.get(name) != value
    ]
    # `make` runs without this variable, so it is not in `before`, but it may be in the shell that evaluates this.
    return "\n".join([*exports, "unset PYTHONDONTWRITEBYTECODE"])


def _logged_in(environ: Mapping[str, str]) -> str:
    """The backend that `pulumi login` recorded, "" when none is."""
    home = environ.get("PULUMI_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".pulumi")
    try:
        recorded: dict[str, Any] = json.loads((Path(home) / "credentials.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise BootstrapError(
            f"{home}/credentials.json cannot be read ({error}). Mend it, or run `pulumi logout`, or name a backend "
            "with PULUMI_BACKEND_URL."
        ) from error
    current = recorded.get("current")
    return current if isinstance(current, str) else ""


def _has_passphrase(environ: Mapping[str, str]) -> bool:
    """The user has set one; a file that `make env` left in the shell is ours, and maybe another checkout's."""
    file = environ.get("PULUMI_CONFIG_PASSPHRASE_FILE", "")
    return "PULUMI_CONFIG_PASSPHRASE" in environ or (file != "" and not file.endswith(OWN_PASSPHRASE))


def _passphrase_file(checkout: Checkout) -> Path:
    """Random, made once, readable by its owner only. Whoever copies the state without it learns no secret."""
    checkout.prepare()
    try:
        descriptor = os.open(checkout.passphrase, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return checkout.passphrase
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(PASSPHRASE_BYTES) + "\n")
    return checkout.passphrase


def _write_wrapper(checkout: Checkout, engine: Engine) -> Path:
    """Put a `pulumi` in front of the engine that leaves the tracked Pulumi.dev.yaml as it was.

    With a passphrase the engine writes `encryptionsalt` into the stack's config at its first command. Every checkout
    has a passphrase of its own, so in git the line would lock every other clone out. The engine keeps the salt in the
    state as well and finds it there (PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER), so the line is taken out again, unless
    the file holds encrypted values (`pulumi config set --secret`) that are read with it.

    Returns:
        The folder to put on PATH.
    """
    checkout.prepare()
    folder = checkout.archive / "bin"
    folder.mkdir(mode=0o700, exist_ok=True)
    text = WRAPPER.format(engine=shlex.quote(str(engine.program)), config=shlex.quote(str(checkout.stack_config)))
    wrapper = folder / "pulumi"
    if not wrapper.exists() or wrapper.read_text(encoding="utf-8") != text:
        fresh = folder / f".pulumi-{os.getpid()}"
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o700)
        fresh.replace(wrapper)
    return folder


WRAPPER = """\
#!/bin/sh
# Written by `make`: the Pulumi engine of this checkout. After each command the encryption salt is taken out of the
# stack's config, where it must not be committed; the engine finds it in the state. Encrypted values there keep it.
engine={engine}
config={config}
trap : INT
"$engine" "$@"
status=$?
if grep -q '^encryptionsalt:' "$config" 2>/dev/null && ! grep -q '^ *\\(- \\)*secure:' "$config"; then
    kept=$(sed '/^encryptionsalt:/d' "$config") && printf '%s\\n' "$kept" > "$config"
fi
exit "$status"
"""


def _with_first(folders: list[Path], path: str) -> str:
    first = [str(folder) for folder in folders]
    return ":".join([*first, *(part for part in path.split(":") if part and part not in first)])
