"""The way to the API server: credentials, cache, tunnel and TLS."""

import json
import stat
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from binder_singlenode import cluster
from binder_singlenode.cluster import Cluster
from binder_singlenode.cluster.client import open_client
from binder_singlenode.errors import ClusterError

from ..servers.played_session import PlayedSession, answer
from .cluster_bed import NODE, discovery, kubeconfig_for, put


def test_requests_carry_our_credentials_and_the_cache_is_private(
    server: Any, api: Cluster, tmp_path: Path
) -> None:
    assert server.seen[0].headers["authorization"] == "Bearer t0ken"
    folder = tmp_path / "kube"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "discovery.json").stat().st_mode) == 0o600


def test_a_half_written_cache_is_made_anew(
    server: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    discovery(server)
    (tmp_path / "kube").mkdir()
    (tmp_path / "kube" / "discovery.json").write_text('{"library')
    open_client(kubeconfig_for(server.url), tmp_path / "kube")
    assert json.loads((tmp_path / "kube" / "discovery.json").read_text())
    assert capfd.readouterr().err == ""


def test_the_environments_proxy_never_sees_the_tunnel(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    discovery(server)
    put(server, "/api/v1/pods", [])
    assert Cluster(open_client(kubeconfig_for(server.url), tmp_path / "kube")).pods() == []


def test_nobody_listening(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="connecting: no answer from the API server") as error:
        open_client(kubeconfig_for("http://127.0.0.1:1"), tmp_path / "kube")
    assert "object at 0x" not in str(error.value) and "k3s runs" in (error.value.hint or "")


@pytest.mark.parametrize("broken", [{}, {"current-context": "c"}, kubeconfig_for("x") | {"users": "SECRET"}])
def test_a_kubeconfig_that_cannot_be_used(tmp_path: Path, broken: dict[str, Any]) -> None:
    with pytest.raises(ClusterError, match="the kubeconfig cannot be used") as error:
        open_client(broken, tmp_path / "kube")
    assert "SECRET" not in str(error.value)


def certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "k3s")])
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2049, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    plain = PrivateFormat.PKCS8, NoEncryption()
    path = folder / "tls.pem"
    path.write_bytes(built.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, *plain))
    return path


def connected(server: Any, tmp_path: Path, ca: str) -> Any:
    """cluster.connect as the commands call it, with ssh played by the test."""
    port = int(server.url.rsplit(":", 1)[1])
    text = json.dumps(kubeconfig_for("https://127.0.0.1:6443", ca))

    host: Any = SimpleNamespace(name="alpha", ssh=SimpleNamespace(user="root"))
    return cluster.connect(PlayedSession(host, play=answer(text), port=port))


def test_connect_goes_through_the_tunnel_with_tls_verified(server: Any, tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    server.serve_tls(pem)
    discovery(server)
    put(server, "/api/v1/nodes", [NODE])
    with connected(server, tmp_path, pem.read_text()) as api:
        assert api.node().name == "n1"
    (tmp_path / "other").mkdir()
    other = certificate(tmp_path / "other").read_text()
    with (
        pytest.raises(ClusterError, match="certificate verify failed"),
        connected(server, tmp_path, other) as api,
    ):
        api.node()
