"""Static binaries out of Go modules."""

from __future__ import annotations

import functools
from pathlib import Path

from building import cache
from building.programs import run

KUBERNETES = "v1.36.3"
HELM = "v4.3.1"
PEBBLE = "v2.10.1"

# Helm says its version from these; the module's own version is not stamped into `go install` of it.
_HELM_FLAGS = f"-s -w -X helm.sh/helm/v4/internal/version.version={HELM}"

_VERSION = "k8s.io/component-base/version"
# The version that kubelet, API server and `k3s --version` give: the real one's form, and not its name.
KUBERNETES_FLAGS = (
    f"-s -w -X {_VERSION}.gitVersion={KUBERNETES}+k3s-standin"
    f" -X {_VERSION}.gitMajor=1 -X {_VERSION}.gitMinor=36 -X {_VERSION}.gitTreeState=clean"
)

# No C compiler, no paths of this machine in the result; Go's own cache then serves every build.
_ENVIRONMENT = {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false -trimpath", "GOTOOLCHAIN": "auto"}


@functools.cache
def toolchain() -> str:
    """The version of the Go tool chain."""
    return run(["go", "version"]).decode().strip()


def program(name: str, module: Path, flags: str = "-s -w") -> Path:
    """The program of the module in a folder of ours."""

    def build(target: Path) -> None:
        run(["go", "build", f"-ldflags={flags}", "-o", target, "."], cwd=module, env=_ENVIRONMENT)

    return cache.made(name, cache.key(module, flags, toolchain()), build)


def helm() -> Path:
    """Helm, built from its own module at the pinned version."""

    def build(target: Path) -> None:
        package = f"helm.sh/helm/v4/cmd/helm@{HELM}"
        bin_dir = target.parent / "bin"
        run(
            ["go", "install", f"-ldflags={_HELM_FLAGS}", package], env={**_ENVIRONMENT, "GOBIN": str(bin_dir)}
        )
        (bin_dir / "helm").rename(target)

    return cache.made("helm", cache.key(HELM, _HELM_FLAGS, toolchain()), build)


def pebble() -> Path:
    """An ACME server for tests, built from its own module at the pinned version."""

    def build(target: Path) -> None:
        package = f"github.com/letsencrypt/pebble/v2/cmd/pebble@{PEBBLE}"
        bin_dir = target.parent / "bin"
        run(["go", "install", "-ldflags=-s -w", package], env={**_ENVIRONMENT, "GOBIN": str(bin_dir)})
        (bin_dir / "pebble").rename(target)

    return cache.made("pebble", cache.key(PEBBLE, toolchain()), build)
