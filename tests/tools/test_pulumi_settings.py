"""What the engine is told: the user's own choices first, no question on `dev`, no secret in sight, git left clean."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import pytest
from tests.tools import support
from tests.tools.support import Machine
from tools.bootstrap import pulumi_settings
from tools.bootstrap.engine import Engine
from tools.bootstrap.errors import BootstrapError

CONFIG = '# who may do everything\nconfig:\n  archive:administrator: 관리자\n  archive:port: "8080"\n'


@pytest.fixture
def engine(machine: Machine) -> Engine:
    """An engine that writes a salt into the stack's config, as the real one does with a passphrase."""
    config = machine.checkout.stack_config
    config.write_text(CONFIG, encoding="utf-8")
    body = f"""
grep -q '^encryptionsalt:' {config} || echo 'encryptionsalt: v1:abc=:v1:def:ghi==' >> {config}
echo "$@"; exit ${{EXIT:-0}}"""
    return Engine(support.program(machine.home / "engine", "pulumi", body).parent, "build")


def settings(machine: Machine, engine: Engine) -> dict[str, str]:
    return pulumi_settings.engine_environment(machine.checkout, engine, machine.environ)


def test_a_user_who_chose_nothing_gets_the_checkouts_state_and_passphrase(machine: Machine, engine: Engine) -> None:
    machine.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    told = settings(machine, engine)
    assert told["PULUMI_BACKEND_URL"] == f"file://{machine.checkout.state}"
    assert told["PULUMI_RUNTIME_VIRTUALENV"] == str(machine.checkout.root / ".venv")
    assert "PYTHONDONTWRITEBYTECODE" not in told
    passphrase = Path(told["PULUMI_CONFIG_PASSPHRASE_FILE"])
    assert stat.S_IMODE(passphrase.stat().st_mode) == 0o600
    assert stat.S_IMODE(machine.checkout.archive.stat().st_mode) == 0o700
    assert len(passphrase.read_text().strip()) >= 32


def test_the_passphrase_is_made_once_for_each_checkout(machine: Machine, engine: Engine, tmp_path: Path) -> None:
    first = Path(settings(machine, engine)["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text()
    assert Path(settings(machine, engine)["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text() == first
    (tmp_path / "elsewhere").mkdir()
    other = Machine.make(tmp_path / "elsewhere")
    assert Path(settings(other, engine)["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text() != first


@pytest.mark.parametrize(
    ("environ", "credentials", "passphrase"),
    [
        ({"PULUMI_BACKEND_URL": "s3://bucket"}, None, True),
        ({"PULUMI_BACKEND_URL": "https://api.pulumi.com"}, None, False),
        ({"PULUMI_ACCESS_TOKEN": "pul-x"}, None, False),
        ({}, {"current": "https://api.pulumi.com"}, False),
        ({}, {"current": "file://~"}, True),
    ],
)
def test_who_is_logged_in_elsewhere_stays_there(
    machine: Machine, engine: Engine, environ: dict[str, str], credentials: dict[str, str] | None, passphrase: bool
) -> None:
    if credentials is not None:
        (machine.home / ".pulumi").mkdir()
        (machine.home / ".pulumi" / "credentials.json").write_text(json.dumps(credentials))
    machine.environ.update(environ)
    told = settings(machine, engine)
    assert told.get("PULUMI_BACKEND_URL") == environ.get("PULUMI_BACKEND_URL")
    assert ("PULUMI_CONFIG_PASSPHRASE_FILE" in told) is passphrase


def test_logged_out_counts_as_not_logged_in(machine: Machine, engine: Engine) -> None:
    machine.environ["PULUMI_HOME"] = str(machine.home / "elsewhere")
    (machine.home / "elsewhere").mkdir()
    (machine.home / "elsewhere" / "credentials.json").write_text('{"current": ""}')
    assert settings(machine, engine)["PULUMI_BACKEND_URL"].startswith("file://")


def test_unreadable_credentials_are_named(machine: Machine, engine: Engine) -> None:
    (machine.home / ".pulumi").mkdir()
    (machine.home / ".pulumi" / "credentials.json").write_text("{")
    with pytest.raises(BootstrapError, match=r"credentials\.json cannot be read.*PULUMI_BACKEND_URL"):
        settings(machine, engine)


@pytest.mark.parametrize(
    ("name", "value"), [("PULUMI_CONFIG_PASSPHRASE", ""), ("PULUMI_CONFIG_PASSPHRASE_FILE", "/secret/of/mine")]
)
def test_a_passphrase_of_the_users_own_is_kept(machine: Machine, engine: Engine, name: str, value: str) -> None:
    machine.environ[name] = value
    told = settings(machine, engine)
    assert told[name] == value
    assert not machine.checkout.passphrase.exists()


def test_a_shell_prepared_for_another_checkout_does_not_reach_its_state(
    machine: Machine, engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    other = Machine.make(tmp_path / "elsewhere")
    machine.environ = settings(other, engine)
    told = settings(machine, engine)
    assert told["PULUMI_BACKEND_URL"] == f"file://{machine.checkout.state}"
    assert told["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(machine.checkout.passphrase)
    assert told["PATH"].startswith(f"{machine.checkout.archive}/bin:")


def test_the_printed_settings_work_in_a_shell_and_hold_no_secret(machine: Machine, engine: Engine) -> None:
    told = settings(machine, engine)
    printed = pulumi_settings.as_shell(machine.environ, told)
    machine.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    seen = support.shell(f'{printed}\nenv; echo "$(pulumi up --stack dev)"', machine.environ, machine.checkout.root)
    for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_PYTHON_CMD"):
        assert f"{name}={told[name]}\n" in seen
    assert "PYTHONDONTWRITEBYTECODE" not in seen
    assert seen.endswith("up --stack dev\n")
    assert machine.checkout.passphrase.read_text().strip() not in printed


def test_the_tracked_config_is_the_same_byte_for_byte_after_a_command(machine: Machine, engine: Engine) -> None:
    told = settings(machine, engine)
    subprocess.run([engine.program], env=told, check=True)
    assert "encryptionsalt" in machine.checkout.stack_config.read_text(encoding="utf-8"), "the engine itself writes it"
    support.shell("pulumi preview", told, machine.checkout.root)
    assert machine.checkout.stack_config.read_text(encoding="utf-8") == CONFIG


def test_the_salt_stays_where_encrypted_values_need_it(machine: Machine, engine: Engine) -> None:
    config = machine.checkout.stack_config
    config.write_text(CONFIG + "  archive:smtpUrl:\n    secure: v1:abc:def\n", encoding="utf-8")
    support.shell("pulumi preview", settings(machine, engine), machine.checkout.root)
    assert "encryptionsalt: v1:abc" in config.read_text(encoding="utf-8")


def test_the_engines_arguments_and_exit_code_pass_through(machine: Machine, engine: Engine) -> None:
    told = settings(machine, engine)
    command = ["pulumi", "config", "set", "archive:administrator", "두 낱말"]
    done = subprocess.run(command, env={**told, "EXIT": "7"}, cwd=machine.checkout.root, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (7, "config set archive:administrator 두 낱말\n")


def test_the_official_engine_finds_uv(machine: Machine, engine: Engine) -> None:
    told = pulumi_settings.engine_environment(machine.checkout, engine, machine.environ, uv=Path("/private/uv"))
    assert "/private/uv" in told["PATH"].split(":")


def test_the_committed_config_has_no_salt() -> None:
    """With one, every other clone would fail with "incorrect passphrase"."""
    assert "encryptionsalt" not in (support.PROJECT / "Pulumi.dev.yaml").read_text(encoding="utf-8")
