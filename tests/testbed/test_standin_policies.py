"""The k3s stand-in's network policies, in network namespaces of this computer: no VM is needed.

With the programs of this computer, or those of the Debian packages that build.py has unpacked.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .test_standin_go import ENVIRONMENT, HERE

PROGRAMS = [f"{name}{action}" for name in ("iptables", "ip6tables") for action in ("", "-save", "-restore")]
# Before a fixture gives each test a cache of its own.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "binder-singlenode/testbed"
WRAPPER = """\
#!/bin/sh
XTABLES_LIBDIR={lib}/xtables exec {loader} --argv0 {name} --library-path {lib} {program} "$@"
"""

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH with iptables and ipset."""
    if all(shutil.which(name) for name in (*PROGRAMS, "ipset")):
        return os.environ["PATH"]
    for root in CACHE.glob("debian-*"):
        if (root / "usr/sbin/ipset").exists():
            _wrap(root, tmp_path)
            return f"{tmp_path}:{os.environ['PATH']}"
    pytest.skip("neither this computer nor the test bed's cache has iptables and ipset: run ./dev test")


def _wrap(root: Path, folder: Path) -> None:
    lib, loader = root / "usr/lib/x86_64-linux-gnu", root / "usr/lib64/ld-linux-x86-64.so.2"
    for name in (*PROGRAMS, "ipset"):
        program = root / "usr/sbin" / ("ipset" if name == "ipset" else "xtables-nft-multi")
        wrapper = folder / name
        wrapper.write_text(WRAPPER.format(lib=lib, loader=loader, name=name, program=program))
        wrapper.chmod(0o755)


def test_policies_hold_and_go(path: str) -> None:
    done = subprocess.run(
        ["nice", "-n", "5", "go", "test", "-v", "./policies"],
        cwd=HERE / "k3s",
        env={**ENVIRONMENT, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS: TestPoliciesHoldAndGo" in done.stdout, "skipped: " + done.stdout
