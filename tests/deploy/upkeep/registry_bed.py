"""A real registry (distribution's) on loopback, its files in a folder, and a client that pushes and pulls."""

import hashlib
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx

from ..entry.entry_bed import CACHE, free_port

START_LIMIT_S = 20
CONFIG = """version: 0.1
log: {level: error}
storage: {filesystem: {}, cache: {blobdescriptor: inmemory}}
http: {}
"""
LAYER = "application/vnd.oci.image.layer.v1.tar"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def registry_program() -> Path | None:
    """The one that the test bed was built with, or $BINDER_REGISTRY."""
    built = sorted(CACHE.glob("registry-*"))
    named = os.environ.get("BINDER_REGISTRY")
    return built[-1] if built else Path(named) if named else None


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class Registry:
    """The server, with the settings that our manifest gives it, and its API."""

    def __init__(self, program: Path, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        port = free_port()
        config = folder.parent / "registry.yml"
        config.write_text(CONFIG)
        places = {
            "REGISTRY_HTTP_ADDR": f"127.0.0.1:{port}",
            "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": str(folder),
        }
        self._process = subprocess.Popen(
            [program, "serve", str(config)],
            env={**environment, **places},
            stdout=subprocess.DEVNULL,
            stderr=(folder.parent / "registry.log").open("wb"),
        )
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Accept": MANIFEST})
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + START_LIMIT_S
        while True:
            try:
                if self.http.get("/v2/").status_code == 200:
                    return
            except httpx.TransportError:
                assert self._process.poll() is None and time.monotonic() < end, "the registry does not start"
                time.sleep(0.05)

    def stop(self) -> None:
        self.http.close()
        self._process.terminate()
        self._process.wait(10)

    def upload(self, name: str, data: bytes) -> str:
        """One blob, unless it is there already, as docker does it; its digest."""
        digest = digest_of(data)
        if not self.has_blob(name, digest):
            place = self.http.post(f"/v2/{name}/blobs/uploads/").headers["Location"]
            answer = self.http.put(f"{place}&digest={digest}", content=data)
            assert answer.status_code == 201, answer.text
        return digest

    def has_blob(self, name: str, digest: str) -> bool:
        return self.http.head(f"/v2/{name}/blobs/{digest}").status_code == 200

    def manifest(self, name: str, layers: list[bytes]) -> bytes:
        """Upload the parts of an image; its manifest, not pushed yet."""
        config = json.dumps({"name": name, "layers": list(map(digest_of, layers))}).encode()
        parts: list[dict[str, Any]] = [
            {"mediaType": LAYER, "digest": self.upload(name, layer), "size": len(layer)} for layer in layers
        ]
        head = {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": self.upload(name, config),
            "size": len(config),
        }
        return json.dumps(
            {"schemaVersion": 2, "mediaType": MANIFEST, "config": head, "layers": parts}
        ).encode()

    def put(self, name: str, tag: str, manifest: bytes) -> httpx.Response:
        """The end of a push."""
        return self.http.put(
            f"/v2/{name}/manifests/{tag}", content=manifest, headers={"Content-Type": MANIFEST}
        )

    def push(self, name: str, tag: str, *layers: bytes) -> None:
        answer = self.put(name, tag, self.manifest(name, list(layers)))
        assert answer.status_code == 201, answer.text

    def asked(self, name: str, tag: str) -> bool:
        """BinderHub's question at each launch: is the image there?"""
        return self.http.get(f"/v2/{name}/manifests/{tag}").status_code == 200

    def pulls(self, name: str, tag: str) -> bool:
        """Whether the image comes as a whole."""
        answer = self.http.get(f"/v2/{name}/manifests/{tag}")
        if answer.status_code != 200:
            return False
        said = answer.json()
        parts = [said["config"], *said["layers"]]
        got = [self.http.get(f"/v2/{name}/blobs/{part['digest']}") for part in parts]
        return all(
            one.status_code == 200 and digest_of(one.content) == part["digest"]
            for one, part in zip(got, parts, strict=True)
        )
