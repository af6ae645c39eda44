"""Makes each service's schema and account on the database server. Runs as a function inside the network.

The event is `{"accounts": {schema: password}}`; the answer is `{"made": [schema]}` with those that were not there.
"""

from __future__ import annotations

import json
import os
import ssl
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pymysql

if TYPE_CHECKING:
    from archive_platform.services.accounts import prepare
else:
    try:
        from accounts import prepare  # as packed
    except ImportError:
        from archive_platform.services.accounts import prepare

CONNECT_SECONDS = 10


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Called by AWS. What fails is an error of the function, and of the `pulumi up` that asked for it."""
    administrator = _administrator()
    made: list[str] = []
    try:
        with (
            pymysql.connect(
                host=os.environ["DATABASE_HOST"],
                port=int(os.environ["DATABASE_PORT"]),
                user=administrator["username"],
                password=administrator["password"],
                ssl=_trusted(),
                connect_timeout=CONNECT_SECONDS,
                autocommit=True,
            ) as connection,
            connection.cursor() as cursor,
        ):
            for schema, password in sorted(event["accounts"].items()):
                if prepare(cursor, schema, password, tls=True):
                    made.append(schema)
                print(f"{schema}: ready")  # noqa: T201 - a function's log is what it prints
    except pymysql.err.MySQLError as error:
        # Without its context: a statement's text may hold a password
        raise RuntimeError(_without(str(error), [administrator["password"], *event["accounts"].values()])) from None
    return {"made": made}


def _administrator() -> dict[str, str]:
    """The account that AWS made, with the password that it changes every week."""
    client = import_module("boto3").client("secretsmanager")  # AWS has it where functions run
    return json.loads(client.get_secret_value(SecretId=os.environ["SECRET_ARN"])["SecretString"])


def _trusted() -> ssl.SSLContext:
    """TLS with the server that the certificates say it is."""
    folder = os.environ.get("LAMBDA_TASK_ROOT", ".")
    return ssl.create_default_context(cafile=str(Path(folder) / os.environ["DATABASE_CERTIFICATES"]))


def _without(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    return text
