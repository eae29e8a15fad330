"""The CPUs that a VM stays on."""

import contextlib
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator

import pytest

from binder_singlenode.vm.uml import affinity

_KERNEL = (
    "import os, sys, time; os.sched_setaffinity(0, {int(sys.argv[1])}); print(flush=True); time.sleep(600)"
)


@contextlib.contextmanager
def _a_vm(code: str, *cpus: int) -> Iterator[None]:
    """A process with a kernel's mark, once it is on its CPUs."""
    argv = [sys.executable, "-c", code, *map(str, cpus), f"{affinity.MARKER}/nowhere"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as running:
        try:
            assert running.stdout is not None
            running.stdout.readline()
            yield
        finally:
            running.kill()


@pytest.fixture
def two() -> list[int]:
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        pytest.skip("this computer has one CPU")
    return allowed[:2]


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mark of this test's own: other tests' VMs come and go meanwhile."""
    monkeypatch.setattr(affinity, "MARKER", f"binder.test-{uuid.uuid4()}=")


def test_they_are_some_that_this_process_may_use() -> None:
    allowed = os.sched_getaffinity(0)
    assert len(affinity.quietest(1)) == 1
    assert affinity.quietest(1) <= allowed
    assert affinity.quietest(len(allowed) + 1) == allowed


@pytest.mark.parametrize("taken", [0, 1])
@pytest.mark.usefixtures("marked")
def test_another_vm_has_it(two: list[int], taken: int) -> None:
    """Also when that VM idles."""
    with _a_vm(_KERNEL, two[taken]):
        assert affinity.vms_per_cpu(two) == {two[taken]: 1, two[1 - taken]: 0}


_TWO_THREADS = """
import os, sys, threading, time
pinned = threading.Barrier(3)
def cpu(number):
    os.sched_setaffinity(0, {number})
    pinned.wait()
    time.sleep(600)
for word in sys.argv[1:3]:
    threading.Thread(target=cpu, args=(int(word),), daemon=True).start()
pinned.wait()
os.sched_setaffinity(0, {int(sys.argv[1])})
print(flush=True)
time.sleep(600)
"""


@pytest.mark.usefixtures("marked")
def test_a_vm_with_two_cpus_has_both(two: list[int]) -> None:
    with _a_vm(_TWO_THREADS, *two):
        assert affinity.vms_per_cpu(two) == dict.fromkeys(two, 1)


def test_of_two_without_a_vm_the_one_with_less_work(monkeypatch: pytest.MonkeyPatch, two: list[int]) -> None:
    monkeypatch.setattr(affinity, "vms_per_cpu", lambda cpus: dict.fromkeys(cpus, 0))
    monkeypatch.setattr(
        affinity, "_busy_ticks", lambda seconds: {cpu: 9 for cpu in os.sched_getaffinity(0)} | {two[1]: 1}
    )
    assert affinity.quietest(1) == {two[1]}
