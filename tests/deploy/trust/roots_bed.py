"""An authority of its own by openssl, and the builder's runc as the step writes it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from binder_singlenode.base.render import render
from binder_singlenode.config import trust_environment
from binder_singlenode.layout.names import ROOTS_IN_RUN


def wrapper(path: Path, source: str) -> None:
    """Write the wrapper, for roots at `source`."""
    variables = [f"{name}={value}" for name, value in trust_environment.environment(ROOTS_IN_RUN).items()]
    words = ",".join(map(json.dumps, variables))
    path.write_text(render("trust/runc.sh.j2", variables=words, path=ROOTS_IN_RUN, source=source))
    path.chmod(0o755)


def openssl(*words: object) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def root(folder: Path, name: str = "Campus Root", days: int = 365) -> tuple[Path, Path]:
    """A root certificate and its key."""
    pem, key = folder / f"{name.replace(' ', '-')}.pem", folder / f"{name.replace(' ', '-')}.key"
    openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        f"/CN={name}",
        "-days",
        days,
        "-keyout",
        key,
        "-out",
        pem,
        "-addext",
        "basicConstraints=critical,CA:TRUE",
        "-addext",
        "keyUsage=critical,keyCertSign",
    )
    return pem, key


def issued(
    folder: Path,
    by: tuple[Path, Path],
    name: str,
    *,
    authority: bool = False,
    days: int = 30,
    sha: str = "sha256",
) -> tuple[Path, Path]:
    """A certificate for the name, or an intermediate authority of that name, and its key."""
    pem, key, request = (folder / f"{name}.{end}" for end in ("pem", "key", "csr"))
    extensions = folder / f"{name}.ext"
    alternative = "IP:127.0.0.1" if name == "127.0.0.1" else f"DNS:{name}"
    extensions.write_text(
        "basicConstraints=critical,CA:TRUE\n" if authority else f"subjectAltName={alternative}\n"
    )
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
    openssl(
        "x509",
        "-req",
        "-in",
        request,
        "-CA",
        by[0],
        "-CAkey",
        by[1],
        "-CAcreateserial",
        "-days",
        days,
        f"-{sha}",
        "-extfile",
        extensions,
        "-out",
        pem,
    )
    key.chmod(0o600)
    return pem, key
