"""What the services' source does not do: run text as code, ask addresses of members, put SQL together from text.

Each rule has a planted line that it must find.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.apps.abuse.hostile import words
from tests.apps.abuse.reading_code import APPS, Source, called, expressions, files, imported, literal, sources

Rule = Callable[[Source], Iterator[str]]
CHECKOUT = Path(__file__).parents[3]


def runs_text(source: Source) -> Iterator[str]:
    """Text as code, or bytes as objects."""
    bad_calls = {"eval", "exec", "compile", "__import__", "render_template_string", "flask.render_template_string"}
    bad_ends = tuple(words(".from_string .load_module pickle.loads pickle.load marshal.loads yaml.load shelve.open"))
    for name, call in called(source.tree):
        if name in bad_calls or name.endswith(bad_ends):
            yield f"{source.name}:{call.lineno}: {name}"
    for name in imported(source.tree):
        if name.partition(".")[0] in words("pickle marshal shelve dill cloudpickle jsonpickle code ctypes"):
            yield f"{source.name}: imports {name}"


#: A command of the operator's that runs other commands of ours, with arguments of its own.
RUNS = {"home/archive_home/sample_content.py": "imports the sample content through each board's own importer"}


def runs_programs(source: Source) -> Iterator[str]:
    if source.name in RUNS:
        return
    for name in imported(source.tree):
        if name.partition(".")[0] in ("subprocess", "pty", "pexpect", "commands"):
            yield f"{source.name}: imports {name}"
    for name, call in called(source.tree):
        if re.fullmatch(r"os\.(system|popen|exec\w+|spawn\w+|posix_spawn\w*|fork\w*)", name):
            yield f"{source.name}:{call.lineno}: {name}"


#: Who may ask another machine, and what decides which.
ASKS = {
    "chassis/archive_chassis/consumer.py": "the other services' feeds, at the origins of the settings",
    "chassis/archive_chassis/mail.py": "the mail server of the settings",
    "boards/archive_boards/images/": "the bucket of the settings",
}
_CLIENTS = words(
    """
    urllib3 requests httpx aiohttp http.client urllib.request ftplib smtplib telnetlib boto3 botocore socket xmlrpc
    asyncio websockets paramiko imaplib poplib dns
    """
)


def asks_others(source: Source) -> Iterator[str]:
    if source.name.startswith(tuple(ASKS)) or source.name == "chassis/archive_chassis/serve.py":  # it listens
        return
    for name in set(imported(source.tree)):
        if any(name == client or name.startswith(f"{client}.") for client in _CLIENTS):
            yield f"{source.name}: imports {name}"


def reads_xml(source: Source) -> Iterator[str]:
    for name in imported(source.tree):
        if name.partition(".")[0] in ("xml", "lxml", "defusedxml", "xmltodict", "bs4"):
            yield f"{source.name}: imports {name}"


def puts_sql_together(source: Source) -> Iterator[str]:
    """`text()`, `literal_column()` and `exec_driver_sql()` take constants: everything else goes through SQLAlchemy."""
    for name, call in called(source.tree):
        last = name.rpartition(".")[2]
        is_sql = last in ("literal_column", "exec_driver_sql", "from_statement")
        is_sql = is_sql or name in ("text", "sa.text", "sql.text")
        if is_sql and call.args and literal(call.args[0]) is None and source.name not in SQL_OF_OUR_OWN:
            yield f"{source.name}:{call.lineno}: {name}({ast.unparse(call.args[0])})"


#: Modules that put statements together from names of their own, each with the reason.
SQL_OF_OUR_OWN: dict[str, str] = {
    "chassis/archive_chassis/migrate.py": "migrations: names of tables, by the operator's hand",
    "home/archive_home/front.py": "names of feeds, which are constants of this very code",
}


def guesses_secrets(source: Source) -> Iterator[str]:
    """Randomness that can be guessed, and hashes that are broken."""
    for name in imported(source.tree):
        if name.partition(".")[0] == "random":
            yield f"{source.name}: imports random"
    for name, call in called(source.tree):
        if re.search(r"(^|\.)(md5|sha1|uuid1|uuid4|DES|ARC4|Blowfish|ECB)$", name):
            yield f"{source.name}:{call.lineno}: {name}"
        if name.startswith("secrets.token_") and call.args:
            size = call.args[0]
            is_short = isinstance(size, ast.Constant) and isinstance(size.value, int) and size.value < 16
            if is_short and (source.name, name) not in NO_SECRETS:
                yield f"{source.name}:{call.lineno}: {ast.unparse(call)} has fewer than 128 bits"


#: Random names that guard nothing.
NO_SECRETS = {
    ("chassis/archive_chassis/logs.py", "secrets.token_hex"): "the name of a process in the ids of its requests",
    ("chassis/archive_chassis/tokens.py", "secrets.token_urlsafe"): "the name of a token, which a signature guards",
}


def trusts_markup(source: Source) -> Iterator[str]:
    """`Markup` of anything but a constant, outside of what escapes or cleans it."""
    for name, call in called(source.tree):
        is_markup = name in ("Markup", "markupsafe.Markup") and call.args and literal(call.args[0]) is None
        if is_markup and source.name not in MARKUP_OF_OUR_OWN:
            yield f"{source.name}:{call.lineno}: {ast.unparse(call)[:60]}"


MARKUP_OF_OUR_OWN = {
    "chassis/archive_chassis/cache.py": "what a template has rendered",
    "boards/archive_boards/structured.py": "JSON, whose <, > and & are escaped",
}


RULES: dict[Rule, str] = {
    runs_text: "eval(request.args['x'])",
    runs_programs: "import subprocess",
    asks_others: "from urllib.request import urlopen",
    reads_xml: "from xml.etree import ElementTree",
    puts_sql_together: "text(f'SELECT {name}')",
    guesses_secrets: "hashlib.md5(b'x')",
    trusts_markup: "Markup(name)",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_source_does_not(rule: Rule) -> None:
    assert len(sources()) > 100
    assert [found for source in sources() for found in rule(source)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_planted_line_would_be_found(rule: Rule) -> None:
    planted = Source("news/archive_news/planted.py", ast.parse(RULES[rule]))
    assert list(rule(planted))


def test_every_exception_is_still_needed() -> None:
    names = {source.name for source in sources()}
    for named in (*RUNS, *SQL_OF_OUR_OWN, *MARKUP_OF_OUR_OWN, *(name for name, _call in NO_SECRETS)):
        assert named in names, named
    for named in ASKS:
        assert any(name.startswith(named) for name in names), named


def test_patterns_are_constants() -> None:
    """Nobody's text becomes a regular expression; `expressions` itself refuses one that is put together."""
    assert len(expressions()) > 30


#: Where a template shows markup as it is, each with what has cleaned it.
SAFE = {
    "preview|safe": "archive_chassis.markdown, just now",
    "post.html|safe": "archive_chassis.markdown, when it was written",
    "comment.html|safe": "archive_chassis.markdown, when it was written",
    "sample|safe": "the styleguide's own text",
    "text.html|safe": "the site's own texts",
    "greeting()|safe": "front_greeting.html, rendered",
    "(more.html if board.guides else post.html)|safe": "archive_chassis.markdown; its headings got anchors",
}


def test_templates_show_no_other_markup_as_it_is() -> None:
    found: set[str] = set()
    for path in files(".html", ".xml", ".txt"):
        text = path.read_text("utf-8")
        assert "autoescape" not in text, path
        for use in re.findall(r"\{\{\s*([^{}]*?\|\s*safe)\s*\}\}|\{%\s*if preview %\}\{\{ (preview\|safe) \}\}", text):
            found.add(next(filter(None, use)).replace(" |", "|").replace("| ", "|"))
        assert len(re.findall(r"\|\s*safe\b", text)) == len(re.findall(r"\|\s*safe\s*\}\}", text)), path
    assert found <= set(SAFE), found - set(SAFE)


def test_templates_quote_their_attributes() -> None:
    """An attribute without quotation marks could be left by a space."""
    for path in files(".html"):
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert not re.findall(r"<[^<>]*\s[a-z-]+=\{\{", text), path
        assert not re.findall(r"<[^>]*\son[a-z]+=", text), path
        assert "style=" not in text, path
        assert not re.findall(r"<script(?![^>]*(?:src=|application/ld\+json))", text), path


SCRIPTS_DO_NOT = re.compile(
    r"\b(eval|Function|execScript)\s*\(|\.(innerHTML|outerHTML|srcdoc)\b|insertAdjacentHTML|document\.(write|domain)"
    r"|postMessage|\bimport\s*\(|__proto__|setTimeout\(\s*[\"'`]|javascript:"
)
#: What the scripts keep in the browser, each with what it says.
KEPT = {
    "app.js": set[str](),
    "session.js": {"localStorage"},  # when the session ends
    "shortcuts.js": {"localStorage"},  # whether they are turned off
    "editor.js": {"localStorage", "sessionStorage"},  # what is being written, until it is sent
    "arrived.js": {"localStorage"},  # that a text has arrived, so that its copy may go
    "notifications.js": {"sessionStorage", "localStorage"},  # how many are unread
}


@pytest.mark.parametrize("path", files(".js"), ids=lambda path: path.name)
def test_scripts_put_text_in_as_text(path: Path) -> None:
    text = re.sub(r"^\s*//.*$", "", path.read_text("utf-8"), flags=re.MULTILINE)
    assert not SCRIPTS_DO_NOT.findall(text)
    stores = set(re.findall(r"localStorage|sessionStorage|indexedDB|document\.cookie\s*=", text))
    assert stores - {"document.cookie ="} <= KEPT.get(path.name, set())


def test_a_planted_script_would_be_found() -> None:
    for planted in ("box.innerHTML = text", "eval(text)", "new Function(text)", "addEventListener; postMessage(x)"):
        assert SCRIPTS_DO_NOT.search(planted) or ("Function" in planted and SCRIPTS_DO_NOT.search("Function ("))


def test_every_package_comes_whole_from_the_index() -> None:
    """The lock file is the list of what the services are made of: each package with its version and its hashes."""
    locked = tomllib.loads((CHECKOUT / "uv.lock").read_text("utf-8"))["package"]
    bought = [package for package in locked if "registry" in package["source"]]
    assert len(bought) > 50
    assert {package["source"]["registry"] for package in bought} == {"https://pypi.org/simple"}
    for package in locked:
        if package in bought:
            files_of_it = [*package.get("wheels", []), *filter(None, [package.get("sdist")])]
            assert files_of_it, package["name"]
            assert all(file["hash"].startswith("sha256:") for file in files_of_it), package["name"]
        else:
            assert set(package["source"]) <= {"editable", "virtual"}, package["name"]  # our own


def test_nothing_of_the_checkout_is_served() -> None:
    served = list(APPS.rglob("static/**/*"))
    assert served
    assert not [path for path in served if path.name.startswith(".") or path.suffix in (".py", ".map")]
