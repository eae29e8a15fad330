"""An authority as a fixture: Pebble, which does look at b.org and hub.b.org on loopback."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import acme_bed
from .acme_bed import Nameserver, Pebble
from .entry_bed import free_port, self_signed


@pytest.fixture(scope="session")
def pebble_built() -> Path:
    if shutil.which("go") is None:
        pytest.skip("no Go here, to build the ACME server with")
    try:
        return acme_bed.pebble_program()
    except Exception as error:  # the test bed's BuildError: no module proxy, say
        pytest.skip(f"the ACME server cannot be built here: {error}")


@pytest.fixture
def authority(pebble_built: Path, tmp_path: Path) -> Iterator[Pebble]:
    names = {(name, acme_bed.A): [bytes([127, 0, 0, 1])] for name in ("b.org", "hub.b.org")}
    dns = Nameserver(names)
    certificate, key = tmp_path / "acme-root.pem", tmp_path / "pebble.key"
    self_signed(certificate, key, "localhost")
    running = Pebble(pebble_built, tmp_path, (free_port(), free_port()), (certificate, key), dns)
    yield running
    running.stop()
    dns.stop()
