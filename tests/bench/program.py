"""The program of stacks/aws against what it cannot do without: `import pulumi_aws`, and the engine with no program.

Rounds are interleaved and medians are shown. The preview runs with the tests' stand-in for the `aws` plugin.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.engine.aws_stack import PROGRAM, AwsStack
from tests.engine.community import run_engine
from tests.engine.project import STACK, environment

ROUNDS = 5
IMPORT_SECONDS, PREVIEW_SECONDS, MEMORY_MIB = 1.0, 5.0, 150
NOTHING, SDK, OURS = "Python alone", "import pulumi_aws", "the program's imports"
EMPTY, PREVIEW = "preview of an empty program", "preview of stacks/aws (dev)"
# Prints the largest memory of its own process, in KiB; `getrusage` would tell that of the process it was forked from
MEASURED = "{}\nimport re; print(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1])"


@dataclass(frozen=True)
class Taken:
    """Of one run: seconds by the clock, and MiB where they were measured."""

    seconds: float
    mib: float = 0


def imports() -> str:
    """What the program imports, as a program of its own."""
    text = (PROGRAM / "__main__.py").read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^(?:import|from) .*$", text, re.MULTILINE))


def python(code: str) -> Taken:
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", MEASURED.format(code)], capture_output=True, text=True, check=True)
    return Taken(time.monotonic() - began, int(done.stdout) / 1024)


def empty(folder: Path) -> Callable[[], Taken]:
    """A preview of a program that makes nothing."""
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: empty\nruntime: python\n")
    (folder / "__main__.py").write_text("import pulumi\n")
    environ = environment(folder)
    assert run_engine(("stack", "init", STACK), folder, environ).code == 0

    def preview() -> Taken:
        began = time.monotonic()
        result = run_engine(("preview", "--stack", STACK), folder, environ)
        assert result.code == 0, result.text
        return Taken(time.monotonic() - began)

    return preview


def whole(folder: Path) -> Callable[[], Taken]:
    """A preview of everything that `dev` makes."""
    stack = AwsStack(folder)

    def preview() -> Taken:
        began = time.monotonic()
        with largest() as memory:
            stack.well("preview")
        assert memory, "the program was not seen"
        return Taken(time.monotonic() - began, max(memory) / 1024)

    return preview


@contextmanager
def largest() -> Generator[list[int]]:
    """The largest memories, in KiB, that the program was seen with so far; looked at ten times a second."""
    seen: list[int] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    command = (process / "cmdline").read_bytes()
                    if b"pulumi-language-python-exec" in command and str(PROGRAM).encode() in command:
                        found = re.search(r"VmHWM:\s*(\d+)", (process / "status").read_text())
                        seen.extend([int(found[1])] if found else [])
                except OSError:
                    continue  # it has ended meanwhile

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def measure(folder: Path) -> dict[str, Taken]:
    subjects: dict[str, Callable[[], Taken]] = {
        NOTHING: lambda: python("pass"),
        SDK: lambda: python("import pulumi_aws"),
        OURS: lambda: python(imports()),
        EMPTY: empty(folder / "empty"),
        PREVIEW: whole(folder / "aws"),
    }
    taken: dict[str, list[Taken]] = {}
    for number in range(-1, ROUNDS):  # round -1 warms up
        sys.stderr.write(f"… round {number + 1} of {ROUNDS}\n" if number >= 0 else "… warming up\n")
        for name, run in subjects.items():
            one = run()
            if number >= 0:
                taken.setdefault(name, []).append(one)
    return {
        name: Taken(median(one.seconds for one in seen), max(one.mib for one in seen)) for name, seen in taken.items()
    }


def table(taken: dict[str, Taken]) -> str:
    """Markdown, with what is more than Python or an empty program in a column of its own."""
    lines = ["| program | s | more than the line it is compared with | MiB |", "|---|---:|---:|---:|"]
    compared = {SDK: NOTHING, OURS: SDK, PREVIEW: EMPTY}
    for name, one in taken.items():
        more = f"{one.seconds - taken[compared[name]].seconds:.2f}" if name in compared else ""
        lines.append(f"| {name} | {one.seconds:.2f} | {more} | {f'{one.mib:.0f}' if one.mib else ''} |")
    return "\n".join(lines)


def missed(taken: dict[str, Taken]) -> list[str]:
    """The goals that were missed, a sentence each."""
    ours, preview = taken[OURS], taken[PREVIEW]
    goals = (
        (ours.seconds <= IMPORT_SECONDS, f"{OURS} take {ours.seconds:.2f} s, at most {IMPORT_SECONDS} s are allowed"),
        (preview.mib <= MEMORY_MIB, f"{PREVIEW}: {preview.mib:.0f} MiB, at most {MEMORY_MIB} MiB"),
        (preview.seconds <= PREVIEW_SECONDS, f"{PREVIEW}: {preview.seconds:.1f} s, at most {PREVIEW_SECONDS} s"),
    )
    return [sentence for met, sentence in goals if not met]


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="archive-bench-") as name:
        taken = measure(Path(name))
    sys.stdout.write(table(taken) + "\n\n")
    failures = missed(taken)
    sys.stdout.write("\n".join(f"missed: {sentence}" for sentence in failures) or "All goals are met.")
    sys.stdout.write("\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
