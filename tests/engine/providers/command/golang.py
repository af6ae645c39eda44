"""Texts as Go's standard library and golang.org/x/crypto/ssh write them: a test must see the official messages."""

from __future__ import annotations

# golang.org/x/crypto/ssh, session.go: the exit status of a command that a signal ended is 128 + its number.
SIGNALS = {
    "ABRT": 6,
    "ALRM": 14,
    "FPE": 8,
    "HUP": 1,
    "ILL": 4,
    "INT": 2,
    "KILL": 9,
    "PIPE": 13,
    "QUIT": 3,
    "SEGV": 11,
    "TERM": 15,
}
ESCAPES = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    "\\": r"\\",
    '"': r"\"",
}


def quote(text: str) -> str:
    """`%q` of fmt.Sprintf."""
    return '"' + "".join(_escape(character) for character in text) + '"'


def exited(status: int, signal: str = "", message: str = "") -> str:
    """The error of an SSH session whose command did not succeed."""
    text = f"Process exited with status {status}"
    if signal:
        text += f" from signal {signal}"
    if message:
        text += f". Reason was: {message}"
    return text


def signal_name(number: int) -> str:
    """The signal's name in the error of os/exec; the commonest of them."""
    names = {
        1: "hangup",
        2: "interrupt",
        3: "quit",
        6: "aborted",
        9: "killed",
        11: "segmentation fault",
        15: "terminated",
    }
    return names.get(number, f"signal {number}")


def endpoint(host: str, port: int) -> str:
    """net.JoinHostPort"""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _escape(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
