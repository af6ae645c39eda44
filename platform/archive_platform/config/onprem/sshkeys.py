"""The form of OpenSSH's keys: what sshd would refuse is refused here, before it locks anybody out."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from archive_platform.config.rules import Wrong

if TYPE_CHECKING:
    from collections.abc import Callable

RSA_BITS = 2048  # NIST SP 800-131A: shorter ones are disallowed

# The strings in a key after its algorithm: RFC 8709 (Ed25519), 5656 (ECDSA), 4253 (RSA); OpenSSH's PROTOCOL.u2f (sk-)
_HOST_PARTS = {
    "ssh-ed25519": 1,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
}
_PARTS = _HOST_PARTS | {"ssh-rsa": 2}
_TOKEN_PARTS = {"sk-ssh-ed25519@openssh.com": 2, "sk-ecdsa-sha2-nistp256@openssh.com": 3}
_ED25519_BYTES = 32


def host_key(line: str) -> str:
    """A host key as `algorithm base64`, without a comment. Wrong says what it is instead."""
    fields = line.split()
    if len(fields) >= 3 and fields[1] in _PARTS:
        raise Wrong(
            why="the name of the host stands in front of the key",
            mend=f"Set the rest of the line, which begins with {fields[1]}",
        )
    if fields[:1] == ["ssh-rsa"]:
        raise Wrong(
            why="for an RSA key Pulumi asks for signatures with SHA-1, which no sshd since OpenSSH 8.8 gives",
            mend="Pin the server's Ed25519 or ECDSA key: archive trust onprem",
        )
    algorithm, encoded = _checked(line, _HOST_PARTS)[:2]
    return f"{algorithm} {encoded}"


def authorized_key(line: str) -> str:
    """A line of authorized_keys without options: `algorithm base64 comment`. Wrong says what it is instead."""
    return " ".join(_checked(line, _PARTS | _TOKEN_PARTS))


def blob(line: str) -> str:
    """What tells one public key from another: its base64."""
    return line.split()[1]


def private_key(text: SecretStr) -> SecretStr:
    """A private key that opens without a passphrase, ended by a line break as OpenSSH wants it."""
    secret = text.get_secret_value().strip() + "\n"
    _open(secret)
    return SecretStr(secret)


def private_key_file(name: str) -> str:
    """The absolute path of a private key file of this machine that opens without a passphrase."""
    path = Path(name).expanduser()
    if "PRIVATE KEY" in name:
        raise Wrong(why="the key itself stands there", mend="Set the path of its file, as in ~/.ssh/id_ed25519")
    if not path.is_absolute():
        raise Wrong(why="it depends on where pulumi runs", mend="Set a path that begins with / or ~/")
    try:
        content = path.read_text(encoding="ascii")
    except OSError as error:
        raise Wrong(why=f"it cannot be read ({error.strerror})", mend="Set the path of a private key") from None
    except UnicodeDecodeError:
        raise Wrong(why="there is no private key in it", mend="Set the path of a private key") from None
    _open(content)
    return str(path)


def _open(secret: str) -> None:
    from cryptography.exceptions import UnsupportedAlgorithm  # here: a second of a start that needs no key
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    load: Callable[[bytes, None], object] = (
        load_ssh_private_key if "BEGIN OPENSSH PRIVATE KEY" in secret else load_pem_private_key
    )
    try:
        load(secret.encode(), None)
    except TypeError:  # a passphrase was not given
        raise Wrong(
            must="open without a passphrase",
            why="nobody is asked for it while the stack runs",
            mend="Add the key to your SSH agent and set agent: true, or take a key without a passphrase",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("no private key") from None


def _checked(line: str, parts: dict[str, int]) -> list[str]:
    if not line.isprintable():
        raise Wrong(why="it is not one line", mend="Set each key by itself, on one line")
    algorithm, _, rest = line.strip().partition(" ")
    if algorithm not in parts:
        raise Wrong(
            why=f"it begins with none of {', '.join(parts)}",
            mend="Set the line of the .pub file as it is, without options",
        )
    encoded, *comment = rest.split(maxsplit=1)[:2] or [""]
    inside = _strings(encoded)
    if inside[0] != algorithm.encode():
        raise Wrong(
            why=f"its base64 holds a key of {inside[0].decode(errors='replace')}",
            mend="Copy the whole line again",
        )
    if len(inside) - 1 != parts[algorithm] or (algorithm.endswith("ed25519") and len(inside[1]) != _ED25519_BYTES):
        raise Wrong(why=f"its base64 is no whole {algorithm} key", mend="Copy the whole line again")
    if algorithm == "ssh-rsa" and int.from_bytes(inside[2], "big").bit_length() < RSA_BITS:
        raise Wrong(
            why=f"an RSA key shorter than {RSA_BITS} bits can be broken",
            mend="Make a new one: ssh-keygen -t ed25519",
        )
    return [algorithm, encoded, *comment]


def _strings(encoded: str) -> list[bytes]:
    """The length-prefixed strings of a key (RFC 4251, section 5)."""
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise Wrong(why="what follows the algorithm is no base64", mend="Copy the whole line again") from None
    found: list[bytes] = []
    while data:
        length = int.from_bytes(data[:4], "big")
        if len(data) < 4 + length or len(data) < 4:
            raise Wrong(why="its base64 ends too early", mend="Copy the whole line again")
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    return found or [b"nothing"]
