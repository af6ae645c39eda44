"""Files and local commands with the stand-in for the `command` plugin."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from tests.engine.project import Project
from tests.engine.sshd import Server

pytestmark = pytest.mark.slow


def copy(name: str, server: Server, source: Any, to: Path | str, **inputs: Any) -> dict[str, Any]:
    settings = {"connection": server.connection(), "source": source, "remote_path": str(to), **inputs}
    return {"type": "remote.CopyToRemote", "name": name, "inputs": settings}


def local(name: str, **inputs: Any) -> dict[str, Any]:
    return {"type": "local.Command", "name": name, "inputs": inputs}


def tree(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def make(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_assets_and_archives_are_copied(project: Project, ssh_server: Server, tmp_path: Path) -> None:
    source = make(tmp_path / "source", {"a": "A", "deep/b": "B", "deep/er/c": "C"})
    there = make(tmp_path / "there", {"folder/kept": "kept", "old": "old"})
    project.declare(
        copy("file", ssh_server, {"file": f"{source}/a"}, there / "new" / "path" / "file"),
        copy("into", ssh_server, {"file": f"{source}/a"}, there / "folder"),
        copy("over", ssh_server, {"file": f"{source}/a"}, there / "old"),
        copy("text", ssh_server, {"text": "words"}, there / "text"),
        copy("whole", ssh_server, {"folder": str(source)}, there / "whole"),
        copy("content", ssh_server, {"folder": f"{source}/"}, there / "content"),
    )
    assert project.preview().code == 0
    assert project.connections() == []
    assert project.up().changes == {"created": 7}
    assert tree(there) == {
        "new/path/file": "A",
        "folder/kept": "kept",
        "folder/a": "A",
        "old": "A",
        "text": "words",
        **{f"whole/source/{name}": text for name, text in tree(source).items()},
        **{f"content/{name}": text for name, text in tree(source).items()},
    }
    assert project.up().changes == {}
    assert len(project.connections()) == 6


def test_only_a_new_content_or_path_is_copied_again(project: Project, ssh_server: Server, tmp_path: Path) -> None:
    source, there = make(tmp_path / "source", {"a": "A", "same": "A"}), make(tmp_path / "there", {})
    there.mkdir()

    def declare(file: str, **connection: Any) -> None:
        described = copy("file", ssh_server, {"file": f"{source}/{file}"}, there / "file")
        described["inputs"]["connection"] |= connection
        project.declare(described)

    declare("a")
    project.up()
    declare("same")  # another file, of the same content
    assert project.up().changes == {}
    declare("a", dial_error_limit=1)
    assert project.up().changes == {"updated": 1}
    assert len(project.connections()) == 1
    (source / "a").write_text("changed")
    assert project.up().changes == {"updated": 1}
    assert (there / "file").read_text() == "changed"
    assert len(project.connections()) == 2
    assert project.destroy().changes == {"deleted": 2}
    assert (there / "file").exists()  # officially nothing is deleted
    assert len(project.connections()) == 2


def test_what_cannot_be_copied(project: Project, ssh_server: Server, tmp_path: Path) -> None:
    source, there = make(tmp_path / "source", {"a/b": "B"}), make(tmp_path / "there", {"file": "f", "folder/a": "f"})
    project.declare(
        copy("on-a-file", ssh_server, {"folder": f"{source}/"}, there / "file"),
        copy("folder-on-a-file", ssh_server, {"folder": f"{source}/"}, there / "folder"),
        copy("text-on-a-folder", ssh_server, {"text": "words"}, there / "folder"),
        copy("forbidden", ssh_server, {"text": "words"}, "/proc/forbidden"),
    )
    said = project.failing_up("--continue-on-error")
    assert f"remote path {there}/file exists but is not a directory" in said
    assert f"remote path {there}/folder/a exists but is not a directory" in said
    assert f"remote path {there}/folder is a directory; when using a text asset, remotePath must be a file path" in said
    assert "failed to create remote file /proc/forbidden: " in said


def test_copy_file_is_replaced_by_every_change(project: Project, ssh_server: Server, tmp_path: Path) -> None:
    source, there = make(tmp_path / "source", {"a": "A", "b": "B"}), tmp_path / "there"

    def declare(file: str) -> None:
        inputs = {"connection": ssh_server.connection(), "local_path": f"{source}/{file}", "remote_path": str(there)}
        project.declare({"type": "remote.CopyFile", "name": "old", "inputs": inputs})

    declare("a")
    project.up()
    declare("b")
    assert project.up().changes == {"replaced": 1}
    assert there.read_text() == "B"


def test_the_life_of_a_local_command(project: Project, tmp_path: Path) -> None:
    told = tmp_path / "told"

    def declare(word: str, trigger: str = "same") -> None:
        environment = {"WORD": {"secret": word}, "TOLD": str(told)}
        project.declare(
            local(
                "one",
                create='cat; echo "created $WORD"; echo err >&2; echo create >> $TOLD',
                update='echo "updated $WORD after $PULUMI_COMMAND_STDERR"; echo update >> $TOLD',
                delete='echo "delete $PULUMI_COMMAND_STDOUT" >> $TOLD',
                stdin="in\n",
                environment=environment,
                triggers=[trigger],
            )
        )

    declare("a")
    project.preview()
    assert not told.exists()
    project.up()
    assert project.outputs()["one"] == {"stdout": "in\ncreated a", "stderr": "err"}
    assert project.up().changes == {}
    declare("b")
    assert project.up().changes == {"updated": 1}
    assert project.outputs()["one"] == {"stdout": "updated b after err", "stderr": ""}
    declare("b", "other")
    assert project.up().changes == {"replaced": 1}
    assert told.read_text().splitlines() == ["create", "update", "create", "delete updated b after err"]
    project.destroy()
    assert told.read_text().splitlines()[-2:] == ["delete in", "created b"]


def test_where_and_how_local_commands_run(project: Project, tmp_path: Path) -> None:
    work = make(tmp_path / "work", {"src/index.js": "j", "src/secret.js": "s", "assets/logos/logo.svg": "l"})
    patterns = ["assets/**", "src/**.js", "!**secret.*"]
    project.declare(
        local("here", create="pwd"),
        local("there", create="pwd", dir=str(work)),
        local("python", create="print(6 * 7)", interpreter=["python3", "-c"]),
        local("files", create="echo made > src/made.js", dir=str(work), asset_paths=patterns, archive_paths=patterns),
        local("status", create="echo why >&2; exit 4"),
        local("nowhere", create="pwd", dir=f"{work}/not"),
        local("nothing", create="x", interpreter=["no-such-program"]),
    )
    said = project.failing_up("--continue-on-error")
    assert 'exit status 4: running "echo why >&2; exit 4":\n' in said
    assert f"chdir {work}/not: no such file or directory" in said
    assert 'exec: "no-such-program": executable file not found in $PATH' in said
    assert project.state("here")["outputs"]["stdout"] == str(project.folder)
    assert project.state("there")["outputs"]["stdout"] == str(work)
    assert project.state("python")["outputs"]["stdout"] == "42"
    outputs = project.state("files")["outputs"]
    found = ["assets/logos/logo.svg", "src/index.js", "src/made.js"]
    assert sorted(outputs["assets"]) == sorted(outputs["archive"]["assets"]) == found
    assert outputs["assets"]["src/made.js"]["path"] == f"{work}/src/made.js"
    assert outputs["assets"]["src/made.js"]["hash"] == hashlib.sha256(b"made\n").hexdigest()


def test_the_function_runs_at_every_update(project: Project) -> None:
    run = {"function": "local.run", "name": "run", "inputs": {"command": "cat; pwd; echo err >&2", "stdin": "in\n"}}
    project.declare(invoke=[run])
    project.up()
    assert project.outputs()["run"] == {"stdout": f"in\n{project.folder}", "stderr": "err"}
    project.declare(invoke=[{**run, "inputs": {"command": "echo why; exit 5"}}])
    said = project.failing_up()
    assert 'exit status 5: running "echo why; exit 5":' in said
