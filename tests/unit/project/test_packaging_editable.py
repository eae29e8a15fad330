"""The clone's own installation: with the locked tools alone, nothing fetched."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_an_editable_build_needs_the_locked_hatchling_alone(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['editables'] = None\n"
        "from hatchling.build import build_editable; print(build_editable(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / done.stdout.strip()) as wheel:
        [paths] = [name for name in wheel.namelist() if name.endswith(".pth")]
        assert wheel.read(paths).decode().split() == [str(ROOT / "src")]
    assert re.search(r"^hatchling==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)


def test_the_clone_is_installed_so() -> None:
    installs = [line for line in (ROOT / "dev").read_text().splitlines() if "pip install" in line]
    assert len(installs) == 2
    assert "--require-hashes" in installs[0] and "--no-build-isolation" in installs[1]
