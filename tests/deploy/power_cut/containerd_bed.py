"""A real containerd of the test's own, without Kubernetes, and small images made by hand."""

import hashlib
import io
import json
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

from ..entry.entry_bed import CACHE

START_LIMIT_S = 30
CONFIG = """version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{folder}/containerd.sock"
"""
OCI = "application/vnd.oci.image"


def program() -> Path | None:
    """The folder with containerd and ctr that the test bed was built with."""
    found = sorted(CACHE.glob("debian-*/usr/bin/containerd"))
    return found[-1].parent if found else None


class Containerd:
    """The server, and what is asked of it."""

    def __init__(self, tools: Path, folder: Path) -> None:
        self.tools, self.folder = tools, folder
        self.socket = folder / "containerd.sock"
        self.content = folder / "root/io.containerd.content.v1.content/blobs/sha256"
        config = folder / "config.toml"
        config.write_text(CONFIG.format(folder=folder))
        self._process = subprocess.Popen(
            [tools / "containerd", "--config", config],
            stdout=subprocess.DEVNULL,
            stderr=(folder / "containerd.log").open("wb"),
        )
        end = time.monotonic() + START_LIMIT_S
        while subprocess.run([*self._ctr, "version"], capture_output=True, check=False).returncode != 0:
            assert self._process.poll() is None and time.monotonic() < end, "containerd does not start"
            time.sleep(0.1)

    @property
    def _ctr(self) -> list[str]:
        return [str(self.tools / "ctr"), "-a", str(self.socket), "-n", "k8s.io"]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def load(self, archive: Path) -> None:
        words = [*self._ctr, "images", "import", "--no-unpack", str(archive)]
        subprocess.run(words, capture_output=True, check=True, timeout=60)

    def pin(self, name: str) -> None:
        words = [*self._ctr, "images", "label", name, "io.cri-containerd.pinned=pinned"]
        subprocess.run(words, capture_output=True, check=True, timeout=60)

    def pinned(self) -> set[str]:
        words = [*self._ctr, "images", "ls", "-q", 'labels."io.cri-containerd.pinned"==pinned']
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
        return set(done.stdout.split())

    def images(self) -> set[str]:
        words = [*self._ctr, "images", "ls", "-q"]
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
        return set(done.stdout.split())


def archive(path: Path, name: str, *layers: bytes) -> Path:
    """An image as a tar archive (OCI image layout)."""
    blobs: dict[str, bytes] = {}

    def part(kind: str, data: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = data
        return {"mediaType": f"{OCI}.{kind}", "digest": f"sha256:{digest}", "size": len(data)}

    parts = [part("layer.v1.tar", layer) for layer in layers]
    root = {"type": "layers", "diff_ids": [each["digest"] for each in parts]}
    config = {"architecture": "amd64", "os": "linux", "config": {"Labels": {"name": name}}, "rootfs": root}
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{OCI}.manifest.v1+json",
        "config": part("config.v1+json", json.dumps(config).encode()),
        "layers": parts,
    }
    entry = part("manifest.v1+json", json.dumps(manifest).encode())
    entry["annotations"] = {"io.containerd.image.name": name}
    entry["platform"] = {"architecture": "amd64", "os": "linux"}
    blobs["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
    blobs["oci-layout"] = b'{"imageLayoutVersion": "1.0.0"}'
    with tarfile.open(path, "w") as made:
        for each, data in blobs.items():
            info = tarfile.TarInfo(each)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return path
