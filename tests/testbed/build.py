"""Build the test bed's bundle: `python tests/testbed/build.py OUT` (see README.md beside this file).

Everything comes from Go modules and Debian packages; what is built is kept under the XDG cache folder.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from building import cache, chart, debian, golang, images, jupyter, k3s, repo2docker
from building.packed import packed
from building.programs import BuildError

from binder_singlenode.errors import BinderError
from binder_singlenode.releases import bundle
from binder_singlenode.releases.bundle import BundleFile

HELM = "linux-amd64/helm"  # where Helm's own releases have it


def main() -> int:
    """Build, write the bundle, say how long it took."""
    parser = argparse.ArgumentParser(description="build the test bed's bundle from packages alone")
    parser.add_argument("out", type=Path, help="the bundle's folder; made anew")
    arguments = parser.parse_args()
    began = time.monotonic()
    try:
        build(arguments.out)
    except (BuildError, BinderError) as error:
        print(f"testbed: {error}", file=sys.stderr)
        return 1
    cache.say(f"bundle in {arguments.out}, {time.monotonic() - began:.0f} s")
    return 0


def build(out: Path) -> None:
    """Fill `out` with the bundle's files and its manifest."""
    if platform.machine() != "x86_64":
        raise BuildError(f"the test bed is for x86_64 (its VM is), and this is {platform.machine()}")
    if out.exists() and any(out.iterdir()) and not (out / "manifest.json").is_file():
        raise BuildError(
            f"{out} is neither empty nor a bundle: nothing is deleted there; name another folder"
        )
    parts = {
        BundleFile("k3s", f"{golang.KUBERNETES}+k3s-standin", "k3s"): k3s.k3s(),
        BundleFile("helm", golang.HELM, "helm.tar.gz", HELM): packed("helm", golang.helm(), HELM),
        BundleFile("caddy", debian.version("caddy"), "caddy.tar.gz", "caddy"): packed(
            "caddy", debian.find("caddy"), "caddy"
        ),
        BundleFile("images", "3.1.2", "images/registry.tar"): images.registry(),
        BundleFile("images", "26.1", "images/dind.tar"): images.dind(),
        BundleFile("images", "1", "images/binderhub-double.tar"): images.double(),
        BundleFile("images", jupyter.VERSION, "images/jupyter.tar"): jupyter.images(),
    }
    version, package = chart.package()
    parts[BundleFile("chart", version, package.name)] = package
    for file, source in parts.items():
        place(source, out / file.path)
    wanted = {out / file.path for file in parts}
    for stray in [path for path in out.rglob("*") if path.is_file() and path not in wanted]:
        stray.unlink()  # of an earlier build, or a manifest that is about to be made anew
    settings = {
        "registry_image": images.REGISTRY,
        "repo2docker_image": repo2docker.REPO2DOCKER,
        "dind_image": images.DIND,
        "pruner_image": images.DOUBLE,
        "sample_repository": "http://gitserver.binder:8080/minimal",
    }
    bundle.write(out, "amd64", parts, settings, standin=True)


def place(source: Path, target: Path) -> None:
    """Copy what is not there as it should be. No links: tests damage bundles, and the cache must survive."""
    before = source.stat()
    if target.is_file():
        now = target.stat()
        if (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns):
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


if __name__ == "__main__":
    sys.exit(main())
