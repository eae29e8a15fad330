"""The preflight on names and certificates, and the questions to the DNS behind it: one test per message."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.base import certificate
from binder_singlenode.config import Host
from binder_singlenode.config.secrets import tls_files
from binder_singlenode.errors import ConfigError
from binder_singlenode.preflight import dns, ports
from binder_singlenode.preflight import facts as preflight_facts
from binder_singlenode.preflight.rules.networks import dns_names
from binder_singlenode.preflight.rules.tls import certificates

from ...deploy.entry.acme_bed import AAAA, CAA, A, Nameserver

NAME = "b.example.org"
HERE = "address\t8.8.8.8\naddress\tfe80::1\ndns_tried\tyes\n"
ASKED = f"dns_asked\t{NAME}\n"
GOOD = f"{HERE}{ASKED}dns\t{NAME}\t8.8.8.8\n"


def host(**tls: Any) -> Host:
    return Host.model_validate({"address": "8.8.8.8", "hostname": NAME, "tls": {"mode": "acme", **tls}})


def judged(text: str, subject: Host | None = None) -> list[str]:
    facts = preflight_facts.parse(text, 0)
    found = dns_names.names(facts, subject or host())
    return [f"{'' if each.fatal else 'warning: '}{each.where}: {each.what}; {each.remedy}" for each in found]


def test_a_name_that_leads_here() -> None:
    assert judged(GOOD) == []
    assert judged(f"{GOOD}caa\t{NAME}\tissue\tletsencrypt.org\ncaa\t{NAME}\tiodef\tmailto:a@b.c\n") == []


def test_without_acme_nobody_asks() -> None:
    assert judged(HERE, Host(address="8.8.8.8")) == []


CASES = [
    (
        HERE + ASKED,
        f"{NAME}: the name is not in the DNS; add a record: {NAME} A 8.8.8.8",
    ),
    (
        HERE,
        f"warning: {NAME}: no nameserver answers this computer, so it is not known where the name leads; "
        "compare `dig A NAME`, `dig AAAA NAME` and `dig CAA NAME` with the host's addresses",
    ),
    (
        f"{GOOD}silent\t80\t8.8.8.8\n",
        "warning: port 80 of 8.8.8.8: no answer from there to this computer, not even a refusal: a firewall "
        "in front of the host may keep out the authority as well; "
        "open ports 80 and 443 to everybody, in the provider's firewall or security group too",
    ),
    (
        f"{HERE}{ASKED}dns\t{NAME}\t9.9.9.9\n",
        f"{NAME}: its A record leads to 9.9.9.9, which is none of the host's addresses (8.8.8.8, fe80::1); "
        "correct the A record",
    ),
    (
        f"address\t10.0.0.5\n{ASKED}dns\t{NAME}\t9.9.9.9\n",
        f"warning: {NAME}: its A record leads to 9.9.9.9, which is none of the host's addresses (10.0.0.5); "
        "correct the A record, unless the provider translates that address to one of these",
    ),
    (
        f"{GOOD}dns\t{NAME}\t2a00::1\n",
        f"{NAME}: there is an AAAA record, 2a00::1, and the host has no public IPv6 address: authorities try "
        "IPv6 first; remove the AAAA record, or give the host the address",
    ),
    (
        f"{GOOD}address\t2a00::2\ndns\t{NAME}\t2a00::1\n",
        f"{NAME}: its AAAA record leads to 2a00::1, which is none of the host's addresses "
        "(2a00::2, 8.8.8.8, fe80::1); correct the AAAA record",
    ),
    (
        f"{GOOD}caa\t{NAME}\tissue\tother.example\n",
        f"{NAME}: its CAA record allows other.example to give out certificates, not letsencrypt.org; "
        f'add a record: {NAME} CAA 0 issue "letsencrypt.org", or set tls.acme.directory to an allowed '
        "authority",
    ),
    (
        f"{GOOD}caa\t{NAME}\tissue\t\n",
        f"{NAME}: its CAA record allows nobody to give out certificates, not letsencrypt.org; "
        f'add a record: {NAME} CAA 0 issue "letsencrypt.org", or set tls.acme.directory to an allowed '
        "authority",
    ),
]


@pytest.mark.parametrize(("facts", "told"), CASES)
def test_what_an_authority_would_trip_over(facts: str, told: str) -> None:
    assert judged(facts) == [told]


def test_an_authority_of_ones_own_may_know_names_and_rules_of_its_own() -> None:
    own = host(acme={"directory": "https://ca.example.org/acme"})
    assert judged(HERE + ASKED, own)[0].startswith(f"warning: {NAME}: the name is not in the DNS")
    assert judged(f"{GOOD}caa\t{NAME}\tissue\tother.example\n", own) == []


@pytest.fixture
def zone() -> Iterator[Nameserver]:
    policy = bytes([0, 5]) + b"issue" + b"ca.example; policy=x"
    server = Nameserver(
        {
            ("b.example.org", A): [bytes([8, 8, 8, 8])],
            ("b.example.org", AAAA): [bytes([0x2A, 0] + [0] * 13 + [1])],
            ("example.org", CAA): [policy],
        }
    )
    yield server
    server.stop()


def test_questions_to_the_dns_climb_to_the_parent_for_caa(zone: Nameserver) -> None:
    lines = dns.facts([NAME, "nobody.test"], [zone.address]).splitlines()
    assert lines == [
        f"dns_asked\t{NAME}",
        f"dns\t{NAME}\t8.8.8.8",
        f"dns\t{NAME}\t2a00::1",
        f"caa\t{NAME}\tissue\tca.example",
        "dns_asked\tnobody.test",
    ]


def test_no_nameserver_no_facts() -> None:
    assert dns.facts([NAME], []) == ""
    assert dns.facts([NAME], [("127.0.0.1", 1)]) == ""


def made(folder: Path, *names: str, days: int = 90, stem: str = "c") -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    pem, key = folder / f"{stem}.pem", folder / f"{stem}.key"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=x",
        "-days",
        str(days),
    ]
    command += ["-addext", f"subjectAltName={','.join(names)}", "-keyout", str(key), "-out", str(pem)]
    subprocess.run(command, check=True, capture_output=True)
    key.chmod(0o600)
    return pem, key


def with_files(pem: Path, key: Path, **more: Any) -> Host:
    tls = {"mode": "files", "certificate": str(pem), "key": str(key)}
    return Host.model_validate({"address": "192.0.2.7", "tls": tls, **more})


def faults(subject: Host, later_days: int = 0) -> list[str]:
    now = datetime.now(UTC) + timedelta(days=later_days)
    found = certificates.problems(subject, now)
    # All certificates here are self-signed; test_certificate_chain.py is about that.
    return [f"{each.where}: {each.what}" for each in found if "self-signed" not in each.what]


def test_a_port_that_is_refused_or_open_is_reached_and_one_without_an_answer_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert ports.facts("127.0.0.1", port) == ""
    assert ports.facts("127.0.0.1", port) == ""
    assert ports.facts("nobody.invalid", port) == ""

    def silence(*_: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr(ports.socket.socket, "connect", silence)
    assert ports.facts("127.0.0.1", 80) == "silent\t80\t127.0.0.1\n"


def test_a_certificate_that_fits(tmp_path: Path) -> None:
    pem, key = made(tmp_path, "DNS:*.example.org", "DNS:example.org", "IP:192.0.2.7")
    for more in ({}, {"domain": "example.org"}, {"hostname": NAME}):
        assert faults(with_files(pem, key, **more)) == []
    assert certificate.names(pem.read_text()) == ["*.example.org", "example.org", "192.0.2.7"]
    read = tls_files.read(with_files(pem, key))
    assert (read.certificate, read.key, read.root_ca) == (pem.read_text(), key.read_text(), "")


def test_certificates_that_do_not_fit(tmp_path: Path) -> None:
    pem, key = made(tmp_path, "DNS:example.org")
    _, other = made(tmp_path, "DNS:example.org", stem="other")
    subject = with_files(pem, key, domain="example.org")
    wrong = "tls.certificate: the certificate is for example.org, not for hub.example.org"
    assert faults(subject) == [wrong]
    fits = {"hostname": "example.org"}
    assert faults(with_files(pem, other, **fits)) == ["tls.key: is not the key of the certificate"]
    assert faults(with_files(pem, key, **fits), 80) == ["tls.certificate: it ends in 10 days"]
    assert faults(with_files(pem, key, **fits), 100) == ["tls.certificate: it ended 10 days ago"]


def test_files_that_are_none(tmp_path: Path) -> None:
    pem, key = made(tmp_path, "DNS:example.org")
    fits = {"hostname": "example.org"}
    (tmp_path / "empty").write_text("")
    assert faults(with_files(tmp_path / "empty", key, **fits)) == [
        "tls.certificate: there is no certificate in the file"
    ]
    locked = str(tmp_path / "locked")
    command = ["openssl", "pkey", "-in", str(key), "-aes128", "-passout", "pass:abcdef", "-out", locked]
    subprocess.run(command, check=True)
    (tmp_path / "locked").chmod(0o600)
    assert faults(with_files(pem, tmp_path / "locked", **fits)) == [
        "tls.key: cannot be read without a passphrase"
    ]
    key.chmod(0o644)
    with pytest.raises(ConfigError, match="can be read by other users") as error:
        tls_files.read(with_files(pem, key))
    assert error.value.hint == f"chmod 600 {key}"
    pem.unlink()
    with pytest.raises(ConfigError, match="No such file"):
        tls_files.read(with_files(pem, key))


def test_a_name_that_leads_to_a_proxy_in_front() -> None:
    front = Host.model_validate(
        {
            "address": "8.8.8.8",
            "hostname": NAME,
            "tls": {"mode": "acme"},
            "network": {"trusted_proxies": ["9.9.9.8/29"]},
        }
    )
    assert judged(f"{HERE}{ASKED}dns\t{NAME}\t9.9.9.9\n", front) == []
    assert judged(f"{HERE}{ASKED}dns\t{NAME}\t9.9.9.1\n", front) != []
