"""The kernel: named by its recipe, built once, and never half of it."""

import os
import threading
from pathlib import Path

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm import programs
from binder_singlenode.vm.uml import kernel
from binder_singlenode.vm.uml.kernel import Kernel

# Stands in for mmdebstrap: takes the place of each file that is to be downloaded from the build.
BUILDS = """#!/bin/sh
set -e
echo '  CC      init/main.o'
for word; do
    case $word in --customize-hook=download*)
        set -- $word
        case $3 in
            */package) echo "linux-source-7.3 7.3.4-1~bpo13+1" >"$3" ;;
            */modules.tar) tar -cf "$3" -T /dev/null ;;
            *) echo built >"$3" ;;
        esac ;;
    esac
done
"""
FAILS = "#!/bin/sh\necho '  CC      fs/file.o'\necho 'fs/file.c:7: error: no such thing' >&2\nexit 2\n"


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program that builds; its text is for the test to write."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    monkeypatch.setattr(programs, "require", lambda packages, progress: None)
    program = folder / "mmdebstrap"
    program.write_text(BUILDS)
    program.chmod(0o755)
    return program


def made(version: str, at: int) -> Kernel:
    """A kernel in the cache, as if built then."""
    folder = kernel.root() / f"kernel-{kernel.recipe_digest()}-{version}"
    folder.mkdir(parents=True)
    (folder / "linux").touch()
    os.utime(folder / "linux", (at, at))
    return Kernel(folder)


def test_it_is_built_once(builder: Path) -> None:
    talk: list[str] = []
    built = kernel.ensure(talk.append)
    assert built.package == "linux-source-7.3 7.3.4-1~bpo13+1"
    assert os.access(built.program, os.X_OK) and built.modules.stat().st_size > 0
    assert built.folder.name == f"kernel-{kernel.recipe_digest()}-7.3.4-1_bpo13+1".replace("_", "~")
    assert "linux-source-7.3" in talk[-1]
    builder.write_text(FAILS)
    assert kernel.ensure(pytest.fail) == built == kernel.cached()
    assert [each.name for each in kernel.root().iterdir() if each.is_dir()] == [built.folder.name]


def test_a_failed_build_is_quoted_and_leaves_nothing(builder: Path) -> None:
    builder.write_text(FAILS)
    with pytest.raises(VmError, match=r"(?s)could not be built\n.*error: no such thing"):
        kernel.ensure(lambda line: None)
    assert kernel.cached() is None
    assert not any(each.is_dir() for each in kernel.root().iterdir())


def test_another_recipe_is_another_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    old = made("7.3.4", 1)
    resource = kernel.resource
    for part in ("build.sh", "config", "cpus.patch", "mappings.patch"):
        with monkeypatch.context() as changed:
            changed.setattr(kernel, "resource", lambda name, part=part: resource(name) + "#" * (name == part))
            assert kernel.cached() is None, part
    with monkeypatch.context() as changed:
        changed.setattr(kernel, "PACKAGES", (*kernel.PACKAGES, "gcc-14"))
        assert kernel.cached() is None
    assert kernel.cached() == old


def test_the_one_built_last_is_used() -> None:
    made("7.3.9", 2)
    newest = made("7.3.10", 3)
    made("7.3.4", 1)
    assert kernel.cached() == newest


def test_a_kernel_whose_maker_was_killed_is_none(builder: Path) -> None:
    half = made("7.3.4-1~bpo13+1", 1)
    half.program.unlink()
    assert kernel.cached() is None
    assert kernel.ensure(lambda line: None) == half
    assert half.program.exists()


def test_of_two_that_want_it_one_builds(builder: Path, tmp_path: Path) -> None:
    gate, talk, found = tmp_path / "gate", [], []
    os.mkfifo(gate)
    builder.write_text(
        BUILDS.replace("set -e", f"set -e\necho built >>{tmp_path}/builds\nread -r _ <{gate}", 1)
    )

    def say(line: str) -> None:
        talk.append(line)
        if line.startswith("waiting"):
            gate.write_text("go on\n")

    both = [threading.Thread(target=lambda: found.append(kernel.ensure(say))) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(60)
    assert len(found) == 2 and found[0] == found[1]
    assert (tmp_path / "builds").read_text() == "built\n"
    assert "waiting for another program that makes the kernel for user-mode Linux" in talk
