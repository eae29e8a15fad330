"""The builder's runc with trusted roots: what a container of a build sees, and that nothing stays there."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.config.trust_environment import VARIABLES
from binder_singlenode.layout.names import ROOTS_IN_RUN, SYSTEM_ROOTS

from ..entry.entry_bed import CACHE
from .roots_bed import wrapper

TRICKY = 'echo "{\\"env\\":[\\"A=1\\"],{\\"destination\\":\\"/dev\\",\\"type\\":\\"tmpfs\\",x}" && a[1,]'


def spec(**process: Any) -> dict[str, Any]:
    """A bundle's config.json as Go's encoder orders it."""
    dev = {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]}
    proc = {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid"]}
    return {
        "ociVersion": "1.2.0",
        "process": {"user": {}, "args": ["sh", "-c", TRICKY], "env": ["PATH=/bin"], "cwd": "/", **process},
        "root": {"path": "rootfs"},
        "mounts": [proc, dev, {"destination": "/dev/pts", "type": "devpts", "source": "devpts"}],
        "hooks": {"prestart": [{"path": "/x", "env": ["HOOK=1"]}]},
    }


def write(bundle: Path, content: dict[str, Any]) -> None:
    bundle.mkdir(exist_ok=True)
    (bundle / "config.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Run the wrapper in front of a runc that prints its arguments; the words it was called with."""
    ours, own = tmp_path / "sbin", tmp_path / "bin"
    for folder in (ours, own):
        folder.mkdir()
    wrapper(ours / "runc", SYSTEM_ROOTS)
    (own / "runc").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 7\n')
    (own / "runc").chmod(0o755)

    def call(*words: str, cwd: Path = tmp_path) -> list[str]:
        path = f"{ours}:{own}:/usr/bin:/bin"
        done = subprocess.run(
            [ours / "runc", *words], env={"PATH": path}, cwd=cwd, capture_output=True, text=True
        )
        assert done.returncode == 7, done.stderr
        return done.stdout.splitlines()

    return call


@pytest.mark.parametrize("words", [["--bundle", "B"], ["-b", "B"], ["--bundle=B"]])
@pytest.mark.parametrize("verb", ["run", "create"])
def test_the_container_gets_file_and_variables(words: list[str], verb: str, run: Any, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    write(bundle, spec())
    words = [word.replace("B", str(bundle)) for word in words]
    asked = ["--log", "a b.json", "--log-format", "json", verb, *words, "--keep", "id"]
    assert run(*asked) == asked
    there, before = json.loads((bundle / "config.json").read_text()), spec()
    assert there["process"]["env"] == [*(f"{name}={ROOTS_IN_RUN}" for name in VARIABLES), "PATH=/bin"]
    assert there["process"]["args"] == before["process"]["args"] and there["hooks"] == before["hooks"]
    destinations = [each["destination"] for each in there["mounts"]]
    assert destinations == ["/proc", "/dev", ROOTS_IN_RUN, "/dev/pts"]
    assert (there["mounts"][2]["source"], "ro" in there["mounts"][2]["options"]) == (SYSTEM_ROOTS, True)


def test_a_bundle_in_the_working_folder(run: Any, tmp_path: Path) -> None:
    write(tmp_path / "bundle", spec())
    assert run("run", "id", cwd=tmp_path / "bundle") == ["run", "id"]
    assert ROOTS_IN_RUN in (tmp_path / "bundle" / "config.json").read_text()


@pytest.mark.parametrize(
    "words", [["delete", "id"], ["--version"], ["state", "id"], ["run", "--bundle", "/none", "i"]]
)
def test_everything_else_is_passed_on(words: list[str], run: Any, tmp_path: Path) -> None:
    write(tmp_path / "bundle", spec())
    before = (tmp_path / "bundle" / "config.json").read_bytes()
    assert run(*words) == words
    assert (tmp_path / "bundle" / "config.json").read_bytes() == before


def test_without_another_runc_it_says_so(tmp_path: Path) -> None:
    wrapper(tmp_path / "runc", SYSTEM_ROOTS)
    done = subprocess.run(
        [tmp_path / "runc", "x"], env={"PATH": f"{tmp_path}"}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (127, "runc: there is no other on the PATH\n")


def libraries_of(runc: Path, busybox: Path) -> list[str]:
    """A command (busybox, which needs no library) that runs another with the C library of this runc, in a
    mount namespace."""
    folder = "usr/lib/x86_64-linux-gnu"
    there = runc.parents[2] / folder
    binds = [
        f"{busybox} mount --bind {(there / name).resolve()} {Path('/', folder, name).resolve()}"
        for name in ("ld-linux-x86-64.so.2", "libc.so.6", "libseccomp.so.2")
        if Path("/", folder, name).exists()
    ]
    return ["unshare", "--mount", str(busybox), "sh", "-c", f'{" && ".join(binds)} && exec "$@"', "sh"]


def test_in_a_real_container_and_nothing_stays(tmp_path: Path) -> None:
    """The real runc, on a root file system with busybox alone."""
    found = sorted(CACHE.glob("debian-*/usr/sbin/runc"))
    busybox = next(iter(sorted(CACHE.glob("debian-*/usr/bin/busybox"))), None)
    if not found or busybox is None or os.geteuid() != 0:
        pytest.skip("no runc and busybox of the test bed here, or not root")
    ours, bundle, roots = tmp_path / "sbin", tmp_path / "bundle", tmp_path / "roots.pem"
    root = bundle / "rootfs"
    for folder in (ours, root / "bin", root / "proc", root / "dev"):
        folder.mkdir(parents=True)
    roots.write_text("the roots\n")
    wrapper(ours / "runc", str(roots))
    shutil.copy(busybox, root / "bin" / "sh")
    own = tmp_path / "own"
    own.mkdir()
    (own / "runc").symlink_to(found[-1])
    with_its_libraries = libraries_of(found[-1], busybox)
    script = 'read -r line < "$SSL_CERT_FILE"; echo "$line"; echo x > "$SSL_CERT_FILE" || echo read-only'
    content = spec(args=["/bin/sh", "-c", script], capabilities={})
    content.pop("hooks")
    content["linux"] = {"namespaces": [{"type": "mount"}, {"type": "pid"}]}
    write(bundle, content)
    before = sorted(str(path) for path in root.rglob("*"))
    done = subprocess.run(
        [
            *with_its_libraries,
            ours / "runc",
            "--root",
            str(tmp_path / "state"),
            "run",
            "--bundle",
            str(bundle),
            "binder-test-roots",
        ],
        env={"PATH": f"{ours}:{own}:/usr/sbin:/usr/bin:/sbin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    if "cgroup" in done.stderr or "operation not permitted" in done.stderr.lower():
        pytest.skip(f"no containers can run here: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["the roots", "read-only"]
    assert roots.read_text() == "the roots\n"
    assert sorted(str(path) for path in root.rglob("*")) == before
