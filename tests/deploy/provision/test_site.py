"""The stock pyinfra command walks the same steps in the same order; --dry, so that nothing is touched."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from binder_singlenode.deploy import steps
from binder_singlenode.releases import bundle

from ..conftest import PLAIN_STEPS

ROOT = Path(__file__).parents[3]

PREFLIGHT_TOLD = """
from binder_singlenode.preflight import judge
judge.raise_if_fatal = lambda problems, host: None  # this computer need not be fit
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle of small files."""
    made = tmp_path / "bundle"
    made.mkdir()
    files = []
    for kind in ("k3s", "helm", "caddy", "chart", "images"):
        (made / f"{kind}.tar").write_text(kind)
        files.append({"kind": kind, "version": "1", "path": f"{kind}.tar"})
    _write(made, files)
    return made


def _write(made: Path, files: list[dict[str, str]]) -> None:
    import hashlib
    import json

    for file in files:
        data = (made / file["path"]).read_bytes()
        file["sha256"] = hashlib.sha256(data).hexdigest()
        file["size"] = len(data)  # type: ignore[assignment]
        file["member"] = None  # type: ignore[assignment]
    arch = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
    head = {"apiVersion": "binder/bundle/v1", "arch": arch, "standin": True, "settings": {}}
    (made / bundle.MANIFEST).write_text(json.dumps({**head, "files": files}))


def test_the_stock_command_plans_the_same_steps(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_text("apiVersion: binder/v1\naddress: 192.0.2.7\n")
    inventory = tmp_path / "inventory.py"
    inventory.write_text(f"{PREFLIGHT_TOLD}\nhosts = [('@local', {{'host_file': '{tmp_path}/lab.yaml'}})]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pyinfra", str(inventory), str(ROOT / "deploy" / "site.py"), "--dry"],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "BINDER_BUNDLE": str(folder), "NO_COLOR": "1"},
        cwd=tmp_path,
        check=False,
    )
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    found = re.findall(r"\b(" + "|".join(step.name for step in steps.in_order()) + r") \| (.*?)\s{2,}", text)
    assert list(dict.fromkeys(step for step, _ in found)) == PLAIN_STEPS
    k3s = [name for step, name in found if step == "k3s"]
    assert k3s[0].startswith("Install k3s")
    assert k3s[-1] == "Note the names of imported images"
