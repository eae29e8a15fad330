"""The script clean-registry as `up` places it, on a real registry's files, with a clock that moves."""

import os
import subprocess
import time
from pathlib import Path

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.steps import disk_cleanup
from binder_singlenode.layout import paths

from .registry_bed import Registry

MB = 10**6
GRACE_S = 3600


def part(seed: int, size: int = MB) -> bytes:
    return seed.to_bytes(4, "big") * (size // 4)


class Cleaner:
    """The script as `up` places it, with a small budget, and time that passes when told."""

    def __init__(self, context: Context, server: Registry, folder: Path) -> None:
        (script,) = (file for file in disk_cleanup.files(context) if file.path == paths.CLEAN_REGISTRY)
        self.script = folder / "clean-registry"
        self.script.write_text(script.content)
        self.pins = folder / "pins"
        self.work = folder / "run"
        self.work.mkdir()
        self.files = server.folder
        self.budget_bytes = 12 * MB
        self.checks = folder / "checks"
        self.check_s = 60

    def __call__(self) -> str:
        done = subprocess.run(
            ["sh", str(self.script)],
            env={
                "PATH": "/usr/bin:/bin",
                "REGISTRY": str(self.files),
                "REGISTRY_BYTES": str(self.budget_bytes),
                "HIGH_PERCENT": "90",
                "LOW_PERCENT": "75",
                "GRACE_S": str(GRACE_S),
                "PINS": str(self.pins),
                "RUNTIME_DIRECTORY": str(self.work),
                "CHECKS": str(self.checks),
                "CHECK_S": str(self.check_s),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    def later(self) -> None:
        """Two grace periods pass: the script's clock is moved forward, as no file's ctime can be set back."""
        moved = self.script.read_text().replace("$(date +%s)", "$(($(date +%s) + 2 * GRACE_S))")
        self.script.write_text(moved)

    def used_at(self, name: str, tag: str, days_ago: float) -> None:
        """The last use of a tag, as an earlier round has noted it."""
        link = self.link(name, tag)
        there = link.stat()
        os.utime(link, ns=(there.st_atime_ns, time.time_ns() - int(days_ago * 86400e9)))

    def layers_read(self, name: str, seconds_ago: float) -> None:
        """Somebody asked for the layers of a repository, by the script's clock."""
        read_ns = time.time_ns() + int((2 * GRACE_S - seconds_ago) * 1e9)
        for link in self.files.rglob(f"repositories/{name}/_layers/sha256/*/link"):
            os.utime(link, ns=(read_ns, link.stat().st_mtime_ns))

    def link(self, name: str, tag: str) -> Path:
        return (
            self.files / "docker/registry/v2/repositories" / name / "_manifests/tags" / tag / "current/link"
        )

    def blobs(self) -> int:
        return sum(1 for path in self.files.rglob("blobs/sha256/*/*/data"))
