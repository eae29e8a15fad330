"""The chart of the BinderHub double, packaged."""

from __future__ import annotations

from pathlib import Path

from building import cache, golang
from building.programs import run

HERE = Path(__file__).parent.parent


def package() -> tuple[str, Path]:
    """Version and path of binderhub-VERSION.tgz."""
    source = HERE / "binderhub" / "chart"
    helm = golang.helm()

    def build(target: Path) -> None:
        run([helm, "package", source, "--destination", target])

    folder = cache.made("chart", cache.key(source, helm.name), build)
    (packed,) = folder.glob("binderhub-*.tgz")
    return packed.name.removeprefix("binderhub-").removesuffix(".tgz"), packed
