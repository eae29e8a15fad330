"""A newer k3s in place: sessions and the builder outlive its restart."""

import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from binder_singlenode.releases import bundle
from binder_singlenode.releases import manifest as releases_manifest

from .helpers.bed import UP_TIMEOUT_S, Origin, Tool, end, launch, pods
from .helpers.windows import open_on

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(UP_TIMEOUT_S + 600)]

TRAILER_BYTES = 64 + 8 + 8
"""Digest, length and magic at the end of the stand-in: tests/testbed/wrapper/unpack.go."""


@pytest.fixture
def newer(origin: Origin, tmp_path: Path) -> Path:
    """The bundle with another k3s: one byte more, which changes its digest and nothing that it does.

    The byte stands before the payload, whose place the wrapper counts from the end of the file.
    """
    if not origin.up_options:
        pytest.skip("a release is not made longer: its digest is its publisher's")
    old, new = Path(origin.up_options[-1]), tmp_path / "bundle"
    shutil.copytree(old, new)
    manifest = releases_manifest.read(old)
    (entry,) = (each for each in manifest.files if each.kind == "k3s")
    binary = new / entry.path
    content = binary.read_bytes()
    program = len(content) - TRAILER_BYTES - int.from_bytes(content[-16:-8], "big")
    binary.write_bytes(content[:program] + b"\n" + content[program:])
    files = [bundle.BundleFile(e.kind, e.version, e.path, e.member) for e in manifest.files]
    bundle.write(new, manifest.arch, files, manifest.settings, manifest.standin)
    return new


def builders(tool: Tool) -> list[tuple[str, int]]:
    """The builder's pods and how often their containers began anew."""
    return [
        (pod["metadata"]["name"], sum(each["restartCount"] for each in pod["status"]["containerStatuses"]))
        for pod in pods(tool, "name=binder-dind")
    ]


def test_sessions_and_builder_outlive_a_newer_k3s(
    tool: Tool, origin: Origin, newer: Path, provisioned: dict[str, Any]
) -> None:
    before = builders(tool)
    assert before
    session = launch(tool, origin.repository)
    with open_on(session["url"], session["token"]):
        words = ("up", "e2e", "--yes", "--no-launch", "--bundle", str(newer))
        upgraded = tool.json(*words, timeout_s=UP_TIMEOUT_S)
        assert upgraded["verified"] is True, upgraded["checks"]
        assert [each for each in upgraded["changes"] if each.startswith("k3s: Install")], upgraded["changes"]
    answer = httpx.get(session["url"] + "api", params={"token": session["token"]}, timeout=60)
    assert answer.status_code == 200
    end(tool, session)
    assert builders(tool) == before
    built = launch(tool, "http://gitserver.binder:8080/slow-build")
    assert built["found_image"] is False
    end(tool, built)
