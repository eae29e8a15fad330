"""The test bed of the entry as fixtures: Caddy with a rendered Caddyfile, and the two services behind it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.base.render import render
from binder_singlenode.deploy.steps import entry

from . import entry_bed
from .entry_bed import Caddy, Upstream, caddy_program, free_port


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = caddy_program(tmp_path_factory.mktemp("caddy"))
    if found is None:
        pytest.skip("no Caddy here: the test bed is not built, and $BINDER_CADDY names none")
    return found


@pytest.fixture
def binder() -> Iterator[Upstream]:
    server = entry_bed.upstream("binder")
    yield server
    server.stop()


@pytest.fixture
def hub() -> Iterator[Upstream]:
    server = entry_bed.upstream("hub")
    yield server
    server.stop()


@pytest.fixture
def started(
    program: Path, make: Any, tmp_path: Path, binder: Upstream, hub: Upstream
) -> Iterator[Callable[..., tuple[int, int]]]:
    """Start Caddy for a host file's lines; the ports for http and https."""
    running: list[Caddy] = []

    def start(lines: str, *, level: str = "INFO", **more: Any) -> tuple[int, int]:
        context = make(tmp_path, f"address: 127.0.0.1\n{lines}")
        ports = more.setdefault("ports", (free_port(), free_port()))
        more = {"hub_upstream": hub.address, "binder_upstream": binder.address, **more}
        values = entry.caddyfile_values(context) | {"access_log": tmp_path / "access.log"} | more
        caddyfile = tmp_path / "Caddyfile"
        text = render("entry/Caddyfile.j2", **values)
        caddyfile.write_text(text.replace("log default {", f"log default {{\nlevel {level}", 1))
        running.append(Caddy(program, caddyfile, *(ports if context.host.tls.on else ports[:1])))
        return ports

    def stop() -> None:
        while running:
            running.pop().stop()

    start.stop = stop  # type: ignore[attr-defined]
    yield start
    stop()
