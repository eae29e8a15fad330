"""Build the test bed's bundle: `python tests/testbed/build.py OUT` (see README.md beside this file).

Everything comes from Go modules and Debian packages; what is built is kept under the XDG cache folder.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from building import cache, chart, debian, golang, images, k3s
from building.programs import BuildError

from binder_singlenode import bundle
from binder_singlenode.bundle import BundleFile
from binder_singlenode.errors import BinderError


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
    parts = {
        BundleFile("k3s", f"{golang.KUBERNETES}+k3s-standin", "k3s"): k3s.k3s(),
        BundleFile("helm", golang.HELM, "helm"): golang.helm(),
        BundleFile("caddy", debian.version("caddy"), "caddy"): debian.find("caddy"),
        BundleFile("images", "3.1.2", "images/registry.tar"): images.registry(),
        BundleFile("images", "26.1", "images/dind.tar"): images.dind(),
        BundleFile("images", "1", "images/binderhub-double.tar"): images.double(images.DOUBLE),
    }
    version, package = chart.package()
    parts[BundleFile("chart", version, package.name)] = package
    shutil.rmtree(out, ignore_errors=True)
    for file, source in parts.items():
        place(source, out / file.path)
    settings = {
        "registry_image": images.REGISTRY,
        "repo2docker_image": images.DOUBLE,
        "dind_image": images.DIND,
        "pruner_image": images.DOUBLE,
    }
    bundle.write(out, "amd64", parts, settings, standin=True)


def place(source: Path, target: Path) -> None:
    """A hard link where that is possible, else a copy: bundles come and go, and their parts are large."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        raise BuildError(f"{source} is a folder")
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


if __name__ == "__main__":
    sys.exit(main())
