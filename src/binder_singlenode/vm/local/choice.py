"""Select the engine for a new VM: KVM, user-mode Linux, or an emulated CPU, in this order."""

from __future__ import annotations

import json
import time
from pathlib import Path

from binder_singlenode.base import atomic
from binder_singlenode.errors import VmError
from binder_singlenode.vm import Progress, VmSpec, cache
from binder_singlenode.vm.local import create, engine
from binder_singlenode.vm.local.engine import Engine

_KVM = Path("/dev/kvm")
_FAILURE_KEPT_S = 24 * 3600


def choose(name: str, spec: VmSpec, progress: Progress) -> Engine:
    """The engine called `name`; for "auto", the fastest that works here.

    "auto" reports the choice, the reason and the boot time. It builds what user-mode Linux needs. If that
    fails, it reports the error, falls back to an emulated CPU, and does not try again for a day. An engine
    chosen by name has no fallback: its launcher raises VmError.
    """
    if name != "auto":
        return engine.engine(name)
    if _kvm_boots(spec, progress):
        progress("the VM runs in qemu with KVM: a boot takes some 20 s")
        return engine.engine("qemu")
    return _uml(spec, progress) or _emulation(progress)


def _kvm_boots(spec: VmSpec, progress: Progress) -> bool:
    from binder_singlenode.vm.qemu import acceleration, emulator

    if not acceleration.accessible():
        return False
    image = create.image(spec, progress)
    return acceleration.choose(emulator.ensure(progress), image, progress) == "kvm"


def why_not_uml() -> str | None:
    """Why `auto` does not use user-mode Linux here, as the end of a sentence; None if it does."""
    from binder_singlenode.vm.uml import probe

    return probe.obstacle() or _failed_before()


def _uml(spec: VmSpec, progress: Progress) -> Engine | None:
    from binder_singlenode.vm.uml import kernel

    if why_not := why_not_uml():
        progress(f"no user-mode Linux here: {why_not}")
        return None
    built = kernel.cached()
    why = "/dev/kvm boots nothing here" if _KVM.exists() else "there is no /dev/kvm"
    cost = "its kernel is in the cache" if built else "its kernel is built first, 10 to 20 minutes, once"
    progress(f"the VM runs in user-mode Linux, as {why}; {cost}; a boot takes some 10 s")
    runs = engine.engine("uml")
    try:
        runs.launcher(create.image(spec, progress), progress)
    except VmError as error:
        note_failure(error.message.splitlines()[0])
        progress(f"{error.message}\nnext: the CPU is emulated; --provider uml tries again")
        return None
    return runs


def _emulation(progress: Progress) -> Engine:
    progress(
        "the VM's CPU is emulated, about ten times slower: a boot takes 20 s to 5 min, `up` about 30 min"
    )
    return engine.engine("qemu")


def failure_note() -> Path:
    return cache.root() / "uml-failed.json"


def _failed_before() -> str | None:
    try:
        told = json.loads(failure_note().read_text())
        recent = time.time() - float(told["at"]) < _FAILURE_KEPT_S
        return (
            f"{told['why']} (tried within the last 24 hours; --provider uml tries again)" if recent else None
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def works(runs: Engine) -> None:
    """Record that the engine works: forget an earlier failure."""
    if runs.name == "uml":
        failure_note().unlink(missing_ok=True)


def note_failure(why: str) -> None:
    failure_note().parent.mkdir(parents=True, exist_ok=True)
    atomic.write(failure_note(), json.dumps({"at": time.time(), "why": why}))
