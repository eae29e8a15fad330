"""The pinned Caddy, built from its own module: Debian's, which the test bed hands out, is older than some
directives."""

import shutil
import sys
from pathlib import Path

import pytest

from binder_singlenode.releases.versions import CADDY


def caddy_program() -> Path:
    """Built once, with the rest of the test bed."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "testbed"))
    try:
        from building import cache, golang  # type: ignore[import-not-found]

        def build(target: Path) -> None:
            package = f"github.com/caddyserver/caddy/v2/cmd/caddy@{CADDY}"
            bin_dir = target.parent / "bin"
            golang.run(
                ["go", "install", "-ldflags=-s -w", package],
                env={**golang._ENVIRONMENT, "GOBIN": str(bin_dir)},
            )
            (bin_dir / "caddy").rename(target)

        built: Path = cache.made("caddy-built", cache.key(CADDY, golang.toolchain()), build)
        return built
    finally:
        sys.path.pop(0)


@pytest.fixture(scope="session")
def pinned_caddy() -> Path:
    if shutil.which("go") is None:
        pytest.skip("no Go here, to build the pinned Caddy with")
    try:
        return caddy_program()
    except Exception as error:  # the test bed's BuildError: no module proxy, say
        pytest.skip(f"the pinned Caddy cannot be built here: {error}")
