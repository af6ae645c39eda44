"""What a server finds at Amazon, on the lab's gateway: python -m tests.lab.server_boot.cloud FOLDER.

- The instance metadata service, version 2 alone. As at EC2, the answer that carries a token travels as many hops as the
  launch template allows.
- Systems Manager's GetParameters, ECR's GetAuthorizationToken and the Security Token Service's AssumeRole, for requests
  that are signed with the role's key.
- The registries: ECR for who has the token, and the public one.
- Amazon's trust store.

FOLDER holds what it knows, read anew for each request, and `requests`: what it was asked, a JSON object a line.

    cloud.crt cloud.key   for TLS
    parameters.json       value by name
    hops                  of the metadata service's tokens; 1 without this file
    no-roles              while this file is there, the Security Token Service refuses everybody
    images.json blobs/    of the registries, as `image.write` makes them
    certificates.pem      of the trust store; any other file is served too
"""

from __future__ import annotations

import base64
import datetime
import http.server
import json
import re
import secrets
import socket
import ssl
import sys
import threading
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from tests.lab import layout

METADATA = "169.254.169.254"
REGION = "ap-northeast-2"
REGISTRY = f"123456789012.dkr.ecr.{REGION}.amazonaws.com"
TOKENS = f"sts.{REGION}.amazonaws.com"
HOSTS = (
    f"ssm.{REGION}.amazonaws.com",
    f"api.ecr.{REGION}.amazonaws.com",
    TOKENS,
    REGISTRY,
    "public.ecr.aws",
    "truststore.pki.rds.amazonaws.com",
)
ROLE = "servers-0a1b2c3"
ACCESS_KEY = "ASIAIOSFODNN7EXAMPLE"
SESSION = "IQoJb3JpZ2luX2VjEXAMPLE"
LENT = "lent-and-nowhere-else"  # the secret part of what roles are taken on with
LOGIN = "AWS:eyJwYXlsb2FkIjoiEXAMPLE"  # the same for the stand-in's next process: the helper keeps it for hours
MOST_NAMES = 10  # Systems Manager API Reference, GetParameters
SIGNED = re.compile(rf"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/\d{{8}}/{REGION}/(\w+)/aws4_request, ")
TOKEN_HEADER = "X-aws-ec2-metadata-token"
JSON = "application/x-amz-json-1.1"
BINARY = "application/octet-stream"
XML = "text/xml"
TAKEN_ON = """\
<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{secret}</SessionToken>
<Expiration>{expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
"""
REFUSED = """\
<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>AccessDenied</Code><Message>{why}</Message></Error></ErrorResponse>
"""


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection for each request, so that an answer's hops are its own."""

    folder: ClassVar[Path]

    def reply(
        self,
        status: int,
        body: str | bytes | dict[str, Any] = "",
        kind: str = "text/plain",
        header: tuple[str, str] | None = None,
    ) -> None:
        content = json.dumps(body) if isinstance(body, dict) else body
        content = content.encode() if isinstance(content, str) else content
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if header:
            self.send_header(*header)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def note(self, **what: object) -> None:
        with (self.folder / "requests").open("a", encoding="utf-8") as file:
            file.write(json.dumps(what) + "\n")

    def read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: `requests` holds what matters."""


def after(hours: int) -> str:
    """The time then, as AWS writes it."""
    time = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Metadata(Handler):
    """Tokens, and the credentials of the server's role."""

    tokens: ClassVar[set[str]] = set()

    def do_PUT(self) -> None:
        hops = self.folder / "hops"
        number = int(hops.read_text()) if hops.exists() else 1
        self.connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, number)
        token = secrets.token_urlsafe(32)
        self.tokens.add(token)
        self.reply(200, token, header=(f"{TOKEN_HEADER}-ttl-seconds", "21600"))

    def do_GET(self) -> None:
        folder = "/latest/meta-data/iam/security-credentials/"
        if self.headers.get(TOKEN_HEADER) not in self.tokens:
            self.reply(401)
        elif self.path == folder:
            self.reply(200, ROLE)
        elif self.path == folder + ROLE:
            self.reply(
                200,
                {
                    "Code": "Success",
                    "Type": "AWS-HMAC",
                    "AccessKeyId": ACCESS_KEY,
                    "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                    "Token": SESSION,
                    "Expiration": after(hours=6),
                },
            )
        else:
            self.reply(404)


class Services(Handler):
    """What answers at one of `HOSTS`."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        signed = SIGNED.match(self.headers.get("Authorization", ""))
        is_known = signed is not None and self.headers.get("X-Amz-Security-Token") == SESSION
        if self.headers["Host"] == TOKENS:
            return self._take_on(dict(parse_qsl(body)), is_known)
        asked = json.loads(body)
        if not signed or not is_known:
            return self._refuse("UnrecognizedClientException", "The security token in the request is invalid.")
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        self.note(target=target, **asked)
        if (self.headers["Host"], target, signed[1]) == (HOSTS[0], "GetParameters", "ssm"):
            return self._parameters(asked["Names"], asked.get("WithDecryption", False))
        if (self.headers["Host"], target, signed[1]) == (HOSTS[1], "GetAuthorizationToken", "ecr"):
            token = base64.b64encode(LOGIN.encode()).decode()
            told = {"authorizationToken": token, "expiresAt": 4e9, "proxyEndpoint": f"https://{REGISTRY}"}
            return self.reply(200, {"authorizationData": [told]}, JSON)
        return self._refuse("UnknownOperationException", target)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        host, path = self.headers["Host"], self.path
        if path.startswith("/v2/"):
            login = "Basic " + base64.b64encode(LOGIN.encode()).decode()
            if host == REGISTRY and self.headers.get("Authorization") != login:
                return self.reply(401, header=("WWW-Authenticate", 'Basic realm="ECR"'))
            return self._registry(path.removeprefix("/v2/"))
        self.note(file=path)
        file = self.folder / Path(path).name
        return self.reply(200, file.read_bytes()) if file.is_file() else self.reply(404)

    def _take_on(self, asked: dict[str, str], is_known: bool) -> None:
        """STS API Reference, "AssumeRole". The key's id tells the role, and is another one each time."""
        self.note(target=asked["Action"], role=asked["RoleArn"])
        if not is_known or (self.folder / "no-roles").exists():
            return self.reply(
                403, REFUSED.format(why=f"Not authorized to perform sts:AssumeRole on {asked['RoleArn']}"), XML
            )
        key = f"ASIA-{asked['RoleArn'].rpartition('/')[2]}-{secrets.token_hex(4)}"
        return self.reply(200, TAKEN_ON.format(key=key, secret=LENT, expiration=after(hours=1)), XML)

    def _parameters(self, names: list[str], decrypted: bool) -> None:
        if len(names) > MOST_NAMES:
            return self._refuse("ValidationException", f"Member must have length less than or equal to {MOST_NAMES}")
        known: dict[str, str] = self.read("parameters.json")
        found = [
            {"Name": name, "Type": "SecureString", "Value": known[name] if decrypted else "AQICAHh", "Version": 1}
            for name in names
            if name in known
        ]
        missing = [name for name in names if name not in known]
        return self.reply(200, {"Parameters": found, "InvalidParameters": missing}, JSON)

    def _registry(self, path: str) -> None:
        """OCI Distribution Specification, "Pull": NAME/manifests/REFERENCE and NAME/blobs/DIGEST."""
        if not path:
            return self.reply(200)
        name, kind, reference = path.rsplit("/", 2)
        self.note(pulled=f"{name}:{reference}" if kind == "manifests" else reference)
        digest = self.read("images.json").get(f"{name}:{reference}", reference)
        blob = self.folder / "blobs" / digest
        if not blob.is_file():
            return self.reply(404)
        content = blob.read_bytes()
        return self.reply(200, content, json.loads(content)["mediaType"] if kind == "manifests" else BINARY)

    def _refuse(self, kind: str, message: str) -> None:
        self.reply(400, {"__type": kind, "message": message}, JSON)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


def main(folder: Path) -> None:
    Handler.folder = folder
    services = Server((str(layout.GATEWAY), 443), Services)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cloud.crt", folder / "cloud.key")
    # The handshake is each connection's own thread's to make.
    services.socket = context.wrap_socket(services.socket, server_side=True, do_handshake_on_connect=False)
    metadata = Server((METADATA, 80), Metadata)
    threading.Thread(target=metadata.serve_forever, daemon=True).start()
    print("serves", flush=True)
    services.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
