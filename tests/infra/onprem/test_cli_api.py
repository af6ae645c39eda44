"""The API, asked with a kubeconfig: a real TLS server that wants a certificate of its authority."""

from __future__ import annotations

import base64
import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.ports import free_port

from archive_platform.cli.onprem.api import Api, ApiError


class Authority:
    """Signs certificates, for 127.0.0.1."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test authority")])
        identifier = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        built = self._builder(self.name, self.key).add_extension(x509.BasicConstraints(True, None), critical=True)
        signed = built.add_extension(identifier, critical=False).add_extension(usage, critical=True)
        self.certificate = pem(signed.sign(self.key, hashes.SHA256()))

    def sign(self, address: str = "127.0.0.1") -> tuple[str, str]:
        """A certificate and its key (PEM)."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kubernetes-admin")])
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        built = self._builder(name, key).add_extension(names, critical=False).add_extension(issuer, critical=False)
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return pem(built.sign(self.key, hashes.SHA256())), text.decode()

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        serial = x509.random_serial_number()
        begun, ended = now - timedelta(days=1), now + timedelta(days=1)
        return x509.CertificateBuilder(self.name, subject, key.public_key(), serial, begun, ended)


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


ANSWERS = {"/readyz": "ok", "/api/v1/nodes": json.dumps({"items": [{"metadata": {"name": "cp1"}}]})}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = ANSWERS.get(self.path, "").encode()
        self.send_response(200 if body else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        pass  # clients that refuse the certificate are what these tests are about


@dataclass(frozen=True)
class Cluster:
    url: str
    authority: Authority


def serving(authority: Authority, address: str, folder: Path) -> Iterator[Cluster]:
    certificate, key = authority.sign(address)
    (folder / "pair.pem").write_text(certificate + key)
    (folder / "authority.pem").write_text(authority.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pair.pem")
    context.load_verify_locations(folder / "authority.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield Cluster(f"https://127.0.0.1:{server.server_port}", authority)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    yield from serving(Authority(), "127.0.0.1", tmp_path)


@pytest.fixture
def misnamed(tmp_path: Path) -> Iterator[Cluster]:
    yield from serving(Authority(), "10.9.9.9", tmp_path)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def kubeconfig(server: str, authority: Authority, client: tuple[str, str]) -> str:
    document = {
        "current-context": "admin@game",
        "contexts": [{"name": "admin@game", "context": {"cluster": "game", "user": "admin"}}],
        "clusters": [
            {
                "name": "game",
                "cluster": {"server": server, "certificate-authority-data": encoded(authority.certificate)},
            }
        ],
        "users": [
            {
                "name": "admin",
                "user": {"client-certificate-data": encoded(client[0]), "client-key-data": encoded(client[1])},
            }
        ],
    }
    return yaml.safe_dump(document)


def test_the_api_is_asked_with_the_kubeconfig_s_certificate(cluster: Cluster) -> None:
    api = Api.of(kubeconfig(cluster.url, cluster.authority, cluster.authority.sign()))
    assert api.get("/readyz") == "ok"
    assert api.nodes() == [{"metadata": {"name": "cp1"}}]


def test_a_server_of_another_authority_is_refused(cluster: Cluster) -> None:
    api = Api.of(kubeconfig(cluster.url, Authority(), cluster.authority.sign()))
    with pytest.raises(ApiError, match="shows a certificate that is not its own"):
        api.get("/readyz")


def test_a_server_with_the_certificate_of_another_address_is_refused(misnamed: Cluster) -> None:
    api = Api.of(kubeconfig(misnamed.url, misnamed.authority, misnamed.authority.sign()))
    with pytest.raises(ApiError, match="not its own: IP address mismatch"):
        api.get("/readyz")


def test_what_the_server_refuses_is_told(cluster: Cluster) -> None:
    api = Api.of(kubeconfig(cluster.url, cluster.authority, cluster.authority.sign()))
    with pytest.raises(ApiError, match="/api/v1/secrets answers 403"):
        api.get("/api/v1/secrets")
    strange = Api.of(kubeconfig(cluster.url, cluster.authority, Authority().sign()))
    with pytest.raises(ApiError, match="does not answer"):
        strange.get("/readyz")


def test_a_server_that_is_down_is_told() -> None:
    authority = Authority()
    api = Api.of(kubeconfig(f"https://127.0.0.1:{free_port()}", authority, authority.sign()))
    with pytest.raises(ApiError, match=r"does not answer: .*refused"):
        api.get("/readyz")


@pytest.mark.parametrize("text", ["", "a: [", "current-context: x\ncontexts: []", "just words"])
def test_what_is_no_kubeconfig_is_told(text: str) -> None:
    with pytest.raises(ApiError, match="the stack's kubeconfig cannot be read"):
        Api.of(text)


def test_a_key_that_does_not_belong_to_its_certificate_is_told(cluster: Cluster) -> None:
    one, other = cluster.authority.sign(), cluster.authority.sign()
    api = Api.of(kubeconfig(cluster.url, cluster.authority, (one[0], other[1])))
    with pytest.raises(ApiError, match="do not belong together") as caught:
        api.get("/readyz")
    assert other[1].splitlines()[1] not in str(caught.value)
