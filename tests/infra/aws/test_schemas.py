"""Each service's schema and account: the function on a real MariaDB over TLS, and how AWS is asked to run it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from tests.certificates import self_signed
from tests.infra.aws.answers import Answers
from tests.infra.recorded import Recorded, record
from tests.mariadb import MariaDB

from archive_platform.aws.database import Database
from archive_platform.aws.functions import schemas as function
from archive_platform.aws.network import Network
from archive_platform.aws.quadlets import CERTIFICATES
from archive_platform.aws.schemas import Schemas, code
from archive_platform.catalogue import CATALOGUE
from archive_platform.config.aws import DatabaseSettings, NetworkSettings

KEY = "arn:aws:kms:ap-northeast-2:123456789012:key/1"
BUNDLE = "https://truststore.example.com/bundle.pem"
ACCOUNTS = {"archive_news": "a-password-of-news", "archive_timed_deal": "a-password-of-deals"}
SECRET = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:rds"


@pytest.fixture
def server(mariadb_server: MariaDB, monkeypatch: pytest.MonkeyPatch) -> Iterator[MariaDB]:
    """The function's surroundings: its variables, and AWS' library that knows the administrator's secret."""
    secret = {"username": mariadb_server.admin_user, "password": mariadb_server.admin_password}

    def get_secret_value(**asked: str) -> dict[str, str]:
        assert asked == {"SecretId": SECRET}
        return {"SecretString": json.dumps(secret)}

    library = SimpleNamespace(
        client=lambda name: {"secretsmanager": SimpleNamespace(get_secret_value=get_secret_value)}[name]
    )
    monkeypatch.setattr(function, "import_module", {"boto3": library}.__getitem__)
    monkeypatch.setenv("DATABASE_HOST", mariadb_server.host)
    monkeypatch.setenv("DATABASE_PORT", str(mariadb_server.port))
    monkeypatch.setenv("DATABASE_CERTIFICATES", mariadb_server.certificates.name)
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(mariadb_server.certificates.parent))
    monkeypatch.setenv("SECRET_ARN", SECRET)
    yield mariadb_server
    for schema in ACCOUNTS:
        mariadb_server.drop_schema(schema)
        mariadb_server.execute(f"DROP USER IF EXISTS {schema}@'%'")


def url(server: MariaDB, schema: str, certificates: Path | None) -> str:
    """As `Schemas.urls` gives it, with the test's certificates."""
    trusted = f"&ssl_ca={certificates}" if certificates else ""
    return f"mysql+pymysql://{schema}:{ACCOUNTS[schema]}@{server.host}:{server.port}/{schema}?charset=utf8mb4{trusted}"


def who(url: str, **arguments: Any) -> tuple[str, str]:
    """The account and the cipher of a connection."""
    engine = create_engine(url, connect_args=arguments)
    with engine.connect() as connection:
        account = connection.execute(text("SELECT CURRENT_USER()")).scalar_one()
        cipher = connection.execute(text("SHOW SESSION STATUS LIKE 'Ssl_cipher'")).one()[1]
    engine.dispose()
    return account, cipher


def test_schemas_and_accounts_are_made_once(server: MariaDB) -> None:
    assert function.handler({"accounts": ACCOUNTS}, None) == {"made": sorted(ACCOUNTS)}
    account, cipher = who(url(server, "archive_news", server.certificates))
    assert account == "archive_news@%"
    assert cipher
    assert function.handler({"accounts": ACCOUNTS}, None) == {"made": []}


def test_an_account_connects_over_tls_alone_and_to_no_other_server(server: MariaDB, tmp_path: Path) -> None:
    function.handler({"accounts": ACCOUNTS}, None)
    with pytest.raises(OperationalError, match="Access denied"):
        who(url(server, "archive_news", None), ssl_disabled=True)
    another = self_signed(tmp_path, "another")
    with pytest.raises(OperationalError, match="CERTIFICATE_VERIFY_FAILED"):
        who(url(server, "archive_news", another))


def test_the_function_itself_checks_whom_it_talks_to(
    server: MariaDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(tmp_path))
    self_signed(tmp_path, "server")
    with pytest.raises(RuntimeError, match="CERTIFICATE_VERIFY_FAILED"):
        function.handler({"accounts": ACCOUNTS}, None)


def test_an_account_sees_no_other_schema(server: MariaDB) -> None:
    function.handler({"accounts": ACCOUNTS}, None)
    engine = create_engine(url(server, "archive_news", server.certificates))
    with engine.connect() as connection, pytest.raises(OperationalError, match="denied"):
        connection.execute(text("USE archive_timed_deal"))
    engine.dispose()


def test_an_error_shows_no_password(server: MariaDB, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_cursor: object, _schema: str, password: str, *, tls: bool) -> bool:
        raise function.pymysql.err.ProgrammingError(1064, f"near 'IDENTIFIED BY '{password}'' {server.admin_password}")

    monkeypatch.setattr(function, "prepare", refuse)
    with pytest.raises(RuntimeError) as caught:
        function.handler({"accounts": ACCOUNTS}, None)
    assert "a-password-of" not in str(caught.value)
    assert server.admin_password not in str(caught.value)
    assert "[secret]" in str(caught.value)


def test_as_it_is_packed_it_runs_without_the_platform(tmp_path: Path) -> None:
    packed = code(BUNDLE)
    assert packed.pop("database-ca.pem").uri == BUNDLE  # pyright: ignore[reportAttributeAccessIssue]
    for name, asset in packed.items():
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(Path(asset.path).read_bytes())  # pyright: ignore[reportAttributeAccessIssue]
    program = "import schemas, sys; print(schemas.prepare.__module__, schemas.pymysql.__file__, *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.'); {program}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    module, driver, *modules = done.stdout.split()
    assert (module, Path(driver).is_relative_to(tmp_path)) == ("accounts", True)
    assert not [name for name in modules if name.startswith("archive_platform")]


# How AWS is asked


def made(**network: Any) -> Recorded:
    def program() -> None:
        in_network = Network("net", NetworkSettings(zones=("a", "c"), **network), key_arn=KEY)
        database = Database("db", DatabaseSettings(), network=in_network, key_arn=KEY)
        Schemas("schemas", CATALOGUE, database=database, network=in_network, certificates=BUNDLE, key_arn=KEY).urls[
            "news"
        ].apply(urls.append)

    urls: list[str] = []
    recorded = record(program, Answers())
    assert urls
    assert urls[0].endswith(
        f"@db.abc.ap-northeast-2.rds.amazonaws.com:3306/archive_news?charset=utf8mb4&ssl_ca={CERTIFICATES}"
    )
    return recorded


def test_the_function_runs_inside_the_network_and_reaches_the_database_and_aws_alone() -> None:
    recorded = made(nat="none", ipv6=True)
    inputs = recorded.one("aws:lambda/function:Function").inputs
    assert inputs["vpcConfig"]["subnetIds"] == ["net-private-a-id", "net-private-c-id"]
    assert inputs["vpcConfig"]["ipv6AllowedForDualStack"] is True
    assert inputs["environment"]["variables"]["AWS_USE_DUALSTACK_ENDPOINT"] == "true"
    rules = recorded.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    reached = {(each.inputs.get("referencedSecurityGroupId"), each.inputs["fromPort"]) for each in rules}
    assert reached == {(None, 443), ("db-id", 3306)}
    assert recorded.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "db-schemas")


def test_it_may_read_one_secret_and_write_one_log() -> None:
    recorded = made()
    policy = json.loads(recorded.one("aws:iam/rolePolicy:RolePolicy", "schemas").inputs["policy"])
    variables = recorded.one("aws:lambda/function:Function").inputs["environment"]["variables"]
    resources = {action: each["Resource"] for each in policy["Statement"] for action in each["Action"]}
    assert resources["secretsmanager:GetSecretValue"] == [variables["SECRET_ARN"]]
    assert resources["kms:Decrypt"] == [KEY]
    assert all("*" not in resource[0].removesuffix(":*") for resource in resources.values())


def test_passwords_are_secret_all_the_way() -> None:
    recorded = made()
    asked = recorded.one("aws:lambda/invocation:Invocation")
    event = json.loads(asked.inputs["input"])
    assert set(event["accounts"]) == {f"archive_{service.name}" for service in CATALOGUE}
    assert asked.is_secret("input")
    variables = recorded.one("aws:lambda/function:Function").inputs["environment"]["variables"]
    assert not set(event["accounts"].values()) & set(variables.values())


def test_a_new_server_or_other_code_makes_them_again() -> None:
    asked = made().one("aws:lambda/invocation:Invocation").inputs
    assert set(asked["triggers"]) == {"code", "database"}


def test_every_child_has_its_parent_and_every_component_tells_its_outputs() -> None:
    recorded = made()
    components = {each.urn for each in recorded if each.is_component and each.type.startswith("archive:")}
    assert components <= set(recorded.outputs)
    assert all(each.parent in components for each in recorded if each.type.startswith("aws:"))
