"""The chain of the operator's certificate: what browsers and programs would not trust."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from binder_singlenode.preflight.rules.tls import certificate_chain

from ...deploy.trust import roots_bed

NOW = datetime.now(UTC)
Chain = dict[str, str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """PEM texts: a root, an authority below it, a server's certificate by either."""
    folder = tmp_path_factory.mktemp("chain")
    root = roots_bed.root(folder)
    between = roots_bed.issued(folder, root, "between", authority=True)
    by_root = roots_bed.issued(folder, root, "b.example.org")
    server = roots_bed.issued(folder, between, "c.example.org")
    old = roots_bed.issued(folder, between, "old.example.org", sha="sha1")
    pairs = {"root": root, "between": between, "by_root": by_root, "server": server, "old": old}
    return {name: pem.read_text() for name, (pem, _) in pairs.items()}


def said(made: Chain, parts: str, roots: str = "", now: datetime = NOW + timedelta(hours=1)) -> list[str]:
    text = "".join(made[part] for part in parts.split())
    return [
        f"{'' if each.fatal else 'warning: '}{each.what}"
        for each in certificate_chain.problems(text, roots, now)
    ]


@pytest.mark.parametrize("parts", ["server between root", "by_root root"])
def test_chains_up_to_the_root(parts: str, made: Chain) -> None:
    assert said(made, parts) == []


@pytest.mark.parametrize("parts", ["server between", "by_root"])
def test_a_root_need_not_be_in_the_file_when_it_is_known(parts: str, made: Chain) -> None:
    assert said(made, parts, made["root"]) == []
    (problem,) = said(made, parts)
    assert problem.startswith(
        "warning: the chain ends before a root: the certificate of CN=Campus Root is not"
    )


def test_the_intermediate_is_missing(made: Chain) -> None:
    (problem,) = said(made, "server", made["root"])
    assert problem == (
        "warning: the chain ends before a root: the certificate of CN=between is not in the file."
        " Some browsers find it by themselves, programs such as git, pip and curl do not"
    )


@pytest.mark.parametrize("parts", ["server root", "server root between"])
def test_the_wrong_order(parts: str, made: Chain) -> None:
    assert said(made, parts) == [
        "warning: after CN=c.example.org comes CN=Campus Root, which has not issued it"
    ]


def test_weak_signatures(made: Chain) -> None:
    assert said(made, "old between root") == [
        "CN=old.example.org is signed with SHA1, which browsers and programs refuse"
    ]


def test_self_signed_and_weak_keys(tmp_path: Path) -> None:
    pem = tmp_path / "c.pem"
    roots_bed.openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:1024",
        "-nodes",
        "-subj",
        "/CN=b.org",
        "-keyout",
        tmp_path / "k",
        "-out",
        pem,
    )
    assert said({"c": pem.read_text()}, "c") == [
        "the key of CN=b.org has 1024 bits: browsers refuse less than 2048",
        "warning: it is self-signed: browsers warn every visitor, and programs refuse it",
    ]


def test_dates_and_purpose(made: Chain, tmp_path: Path) -> None:
    (problem,) = said(made, "by_root root", now=NOW - timedelta(days=1))
    assert problem.startswith("it is valid only from 20")
    pem = tmp_path / "c.pem"
    roots_bed.openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=b.org", "-keyout", tmp_path / "k"),
        *("-out", pem, "-addext", "extendedKeyUsage=clientAuth"),
    )
    assert "it is not made out for web servers" in said({"c": pem.read_text()}, "c")
