"""How hosts are reached: settings of a host over those of all, keys that sshd would take, secrets that stay secret."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.infra.inventories import REMOVED, as_the_engine_has_it, changed, good, public_key

from archive_platform.config import parse
from archive_platform.config.onprem import OnPrem, sshkeys
from archive_platform.config.rules import Wrong
from archive_platform.errors import ConfigError

PrivateKey = ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def pem(key: PrivateKey, form: PrivateFormat = PrivateFormat.OpenSSH) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def public(key: PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@pytest.fixture(scope="module")
def key() -> str:
    return pem(ed25519.Ed25519PrivateKey.generate())


def with_key(value: str, where: str = "ssh") -> dict[str, Any]:
    return changed(good(), {"ssh.agent": REMOVED, f"{where}.privateKey": value})


def complaint(settings: dict[str, Any], *secret: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(OnPrem, as_the_engine_has_it(settings), set(secret))
    return str(caught.value)


def reason(check: Callable[[], object]) -> str:
    with pytest.raises(Wrong) as caught:
        check()
    return str(caught.value)


# Secrets


@pytest.mark.parametrize("where", ["ssh", "ssh.jump", "hosts[5].ssh", "hosts[5].ssh.jump"])
def test_a_private_key_in_plain_text_is_refused_wherever_it_stands(where: str, key: str) -> None:
    change = {f"{where}.privateKey": key}
    if where.endswith("jump"):
        change[f"{where}.address"] = "192.0.2.1"
    said = complaint(changed(good(), change))
    assert said == (
        f"1 setting is wrong:\n  archive:{where}.privateKey is secret and stands in the file as plain text. Keep it"
        f" encrypted: pulumi config set --secret --path 'archive:{where}.privateKey' < FILE"
    )


def test_an_object_with_an_encrypted_key_is_taken(key: str) -> None:
    settings = parse(OnPrem, as_the_engine_has_it(with_key(key.rstrip("\n"))), {"ssh"})
    found = settings.ssh.key()
    assert found is not None
    assert found.get_secret_value() == key  # with the line break at its end, which ssh insists on
    assert "PRIVATE KEY" not in repr(settings)


def test_a_wrong_private_key_is_not_shown() -> None:
    said = complaint(with_key("geheim"), "ssh")
    assert "archive:ssh.privateKey must be a private key in OpenSSH or PEM form (got [secret])" in said
    assert "geheim" not in said


def test_beside_an_encrypted_key_other_mistakes_are_still_shown(key: str) -> None:
    said = complaint(changed(with_key(key), {"ssh.port": 70000}), "ssh")
    assert "archive:ssh.port must be 1 to 65535 (got 70000)" in said


def test_what_was_encrypted_by_the_operator_is_not_shown() -> None:
    outside = {"hosts[6].address": "192.0.2.77", "hosts[5].name": "Geheim"}
    said = complaint(changed(good(), outside), "hosts")
    assert said.count("(got [secret])") == 2
    assert "192.0.2.77" not in said
    assert "Geheim" not in said


@pytest.mark.parametrize("path", ["ssh.privateKeyFile", "ssh.user", "ssh.hostKey", "ssh", "cluster"])
def test_a_private_key_in_the_wrong_place_is_not_shown(path: str, key: str) -> None:
    said = complaint(changed(good(), {path: key}))
    assert "[secret]" in said
    assert key.splitlines()[1] not in said


# Private keys


@pytest.mark.parametrize("form", [PrivateFormat.OpenSSH, PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_private_keys_of_each_form_are_taken(form: PrivateFormat) -> None:
    text = pem(ec.generate_private_key(ec.SECP256R1()), form)
    assert parse(OnPrem, as_the_engine_has_it(with_key(text)), {"ssh"}).ssh.key() is not None


@pytest.mark.parametrize("form", ["RFC4716", "PKCS8", "PEM"])  # as ssh-keygen calls OpenSSH's own, and both of PEM
def test_a_key_with_a_passphrase_is_refused_with_the_way_round(form: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-m", form, "-N", "geheim", "-f", file], check=True)
    said = complaint(with_key(file.read_text()), "ssh")
    assert "archive:ssh.privateKey must open without a passphrase (got [secret])" in said
    assert "Add the key to your SSH agent and set agent: true" in said


def test_a_key_file_is_read_from_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "id_test").write_text(key)
    change = {"ssh.agent": REMOVED, "ssh.privateKeyFile": "~/id_test"}
    settings = parse(OnPrem, as_the_engine_has_it(changed(good(), change)))
    found = settings.ssh.key()
    assert found is not None
    assert found.get_secret_value() == key
    assert settings.ssh.private_key_file == str(tmp_path / "id_test")
    (tmp_path / "id_test").write_text("nothing of the kind")
    assert "archive:ssh.privateKeyFile must be the path of a private key" in complaint(changed(good(), change))


def test_a_key_and_its_file_are_one_too_many(tmp_path: Path, key: str) -> None:
    (tmp_path / "key").write_text(key)
    said = complaint(changed(with_key(key), {"ssh.privateKeyFile": str(tmp_path / "key")}), "ssh")
    assert "archive:ssh.privateKeyFile must not stand beside privateKey" in said
    assert "Remove one: pulumi config rm --path 'archive:ssh.privateKey'." in said


# A host's settings over those of all


def test_a_host_says_what_differs_and_the_rest_is_everyones() -> None:
    change = {
        "ssh": {"user": "debian", "sudo": True, "agent": True, "port": 2200, "jump": {"address": "192.0.2.1"}},
        "hosts[0].ssh": {"port": 22, "jump": None},
        "hosts[1].ssh": {"user": "root", "sudo": False},
    }
    settings = parse(OnPrem, as_the_engine_has_it(changed(good(), change)))
    first, second, third = (settings.ssh_of(host) for host in settings.hosts[:3])
    assert (first.user, first.port, first.sudo, first.jump) == ("debian", 22, True, None)
    assert (second.user, second.port, second.sudo) == ("root", 2200, False)
    assert second.jump is not None
    assert third == settings.ssh


def test_a_hosts_key_replaces_either_kind_of_key(tmp_path: Path, key: str) -> None:
    other = tmp_path / "other"
    other.write_text(pem(ed25519.Ed25519PrivateKey.generate()))
    settings = parse(OnPrem, changed(with_key(key), {"hosts[0].ssh": {"privateKeyFile": str(other)}}), {"ssh"})
    found = settings.ssh_of(settings.hosts[0]).key()
    assert found is not None
    assert found.get_secret_value() == other.read_text()
    everyones = settings.ssh_of(settings.hosts[1]).key()
    assert everyones is not None
    assert everyones.get_secret_value() == key


# Host keys


def test_host_keys_have_to_be_known_before_the_stack_runs() -> None:
    settings = parse(
        OnPrem,
        changed(
            good(),
            {"ssh.hostKey": REMOVED, "ssh.jump": {"address": "192.0.2.1"}, "hosts[6].lost": True}
            | {f"hosts[{number}].ssh": {"hostKey": public_key(number)} for number in range(1, 6)},
        ),
    )
    with pytest.raises(ConfigError) as caught:
        settings.check_ready()
    head, *lines = str(caught.value).split("\n  ")
    assert head == "host keys are missing:"
    assert [line.split(" must ")[0] for line in lines] == ["archive:hosts[0].ssh.hostKey", "archive:ssh.jump.hostKey"]
    assert "lb1 could be anybody without it. Learn it with `archive trust onprem`" in lines[0]


def test_a_host_key_is_kept_without_its_comment() -> None:
    settings = parse(OnPrem, changed(good(), {"ssh.hostKey": public_key() + " root@w1"}))
    assert settings.ssh.host_key == public_key()
    settings.check_ready()


@pytest.mark.parametrize(
    "make",
    [
        ed25519.Ed25519PrivateKey.generate,
        lambda: ec.generate_private_key(ec.SECP256R1()),
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: ec.generate_private_key(ec.SECP521R1()),
        lambda: rsa.generate_private_key(65537, 2048),
    ],
)
def test_real_public_keys_are_taken_whole_and_refused_in_part(make: Callable[[], PrivateKey]) -> None:
    line = public(make())
    assert sshkeys.authorized_key(f"{line} mina@home  office") == f"{line} mina@home  office"
    assert reason(lambda: sshkeys.authorized_key(line[:-8]))


@pytest.mark.parametrize(
    "make",
    [
        ed25519.Ed25519PrivateKey.generate,
        lambda: ec.generate_private_key(ec.SECP256R1()),
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: ec.generate_private_key(ec.SECP521R1()),
    ],
)
def test_host_keys_are_taken_whole_and_refused_in_part(make: Callable[[], PrivateKey]) -> None:
    line = public(make())
    assert sshkeys.host_key(line) == line
    assert reason(lambda: sshkeys.host_key(line[:-8]))


def test_an_rsa_host_key_is_refused_because_of_its_signatures() -> None:
    line = public(rsa.generate_private_key(65537, 2048))
    assert "signatures with SHA-1" in reason(lambda: sshkeys.host_key(line))


def test_a_short_rsa_key_is_refused() -> None:
    line = public(rsa.generate_private_key(65537, 1024))  # noqa: S505 - it is refused
    assert "shorter than 2048 bits" in reason(lambda: sshkeys.authorized_key(line))


def test_keys_of_security_tokens_open_accounts_but_are_no_host_keys() -> None:
    inside = [b"sk-ssh-ed25519@openssh.com", b"\1" * 32, b"ssh:"]
    line = public_key_of(inside)
    assert sshkeys.authorized_key(line) == line
    assert "it begins with none of" in reason(lambda: sshkeys.host_key(line))


@pytest.mark.parametrize("line", ["", "ssh-ed25519", "ssh-ed25519 ", "ssh-ed25519 AAAA AAAA AAAA", "a\nb"])
def test_what_is_no_key_is_refused_with_a_reason(line: str) -> None:
    assert reason(lambda: sshkeys.authorized_key(line))


def public_key_of(inside: list[bytes]) -> str:
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in inside)
    return f"{inside[0].decode()} {base64.b64encode(blob).decode()}"
