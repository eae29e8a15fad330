"""The supervisor of a VM: starts passt and the kernel, restarts both on a reboot, exits on power off.

    python -m binder_singlenode.vm.uml.supervisor FOLDER      # FOLDER/uml.json defines what to run

It prints one line, "started" or the error, then detaches from stdout. On exit it kills passt and the kernel.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from binder_singlenode.vm.local.records import Ports
from binder_singlenode.vm.uml import affinity, command_line, relay, sandbox
from binder_singlenode.vm.uml.command_line import Files

PORT_TAKEN = "port is taken"
PLAN = "uml.json"

# The kernel's last message when the guest powers off (kernel/reboot.c).
_POWER_OFF = re.compile(rb"reboot: (Power down|System halted)")
_PASST_LIMIT_S = 20
# The supervisor gives up after this many successive boots that each ended within _SHORT_LIFE_S seconds.
_SHORT_LIFE_S, _SHORT_LIVES = 5, 3

# The kernel needs a variable other than PATH to find the top of its stack (get_top_address in
# arch/um/kernel/um_arch.c); without one, its first process is killed.
_ENVIRONMENT = {"PATH": "/usr/bin", "HOME": "/", "TERM": "linux"}

log = logging.getLogger("uml")


@dataclass(frozen=True)
class Plan:
    """What the supervisor runs."""

    files: Files
    memory_bytes: int
    cpus: int
    internet: bool
    ports: Ports

    def write(self, folder: Path) -> None:
        """Write the plan to the VM's folder."""
        (folder / PLAN).write_text(json.dumps(asdict(self), indent=1, default=str))

    @classmethod
    def read(cls, folder: Path) -> Plan:
        """Read the plan from the VM's folder."""
        data: dict[str, Any] = json.loads((folder / PLAN).read_text())
        data["files"] = Files(**{name: Path(path) for name, path in data["files"].items()})
        data["ports"] = Ports(**data["ports"])
        return cls(**data)


class Supervisor:
    """Runs one VM, from power on to power off."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._console = (folder / "console.log").open("wb", buffering=0)
        self._listeners = [relay.listening(port) for port in vars(plan.ports).values()]
        if plan.internet:  # passt listens itself; these sockets test the ports: passt's errors are unclear
            while self._listeners:
                self._listeners.pop().close()
        else:
            sandbox.cut_off()
        self._plan = plan
        self._inner = plan.ports if plan.internet else command_line.INNER
        self._files = sandbox.own_view(plan.files)
        os.chdir(self._files.run.parent)

    async def run(self) -> None:
        """Boot until the guest powers off, again after a reboot. OSError if a program cannot be started."""
        for listener, port in zip(self._listeners, vars(self._inner).values(), strict=False):
            await relay.serve(listener, port)
        short_lives = 0
        while short_lives < _SHORT_LIVES:
            began, written = time.monotonic(), self._console.tell()
            await self._boot()
            if _POWER_OFF.search(self._written_since(written)):
                log.info("the guest switched itself off")
                return
            short_lives = short_lives + 1 if time.monotonic() - began < _SHORT_LIFE_S else 0
            log.info("booting again")
        log.error("the kernel ended %s times within seconds: given up", _SHORT_LIVES)

    def _written_since(self, position: int) -> bytes:
        with (self._folder / "console.log").open("rb") as console:
            console.seek(position)
            return console.read()

    async def _boot(self) -> None:
        """Run the kernel with its own passt until one of the two ends; then kill the other."""
        plan = self._plan
        async with self._passt() as passt:
            argv = command_line.kernel(self._files, self._folder, plan.memory_bytes, plan.cpus)
            cpus = affinity.quietest(plan.cpus)
            async with _child(argv, cpus, stdin=asyncio.subprocess.DEVNULL, stdout=self._console) as linux:
                _answer("started")
                ends = {asyncio.create_task(each.wait()): each for each in (linux, passt)}
                done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                # If only passt ended, the guest would have no network until the next boot.
                name = "the kernel" if any(ends[task] is linux for task in done) else "passt"
                log.info("%s ended", name)

    @contextlib.asynccontextmanager
    async def _passt(self) -> AsyncIterator[asyncio.subprocess.Process]:
        place = Path(command_line.SOCKET)
        place.unlink(missing_ok=True)
        argv = command_line.passt(self._files, self._inner, self._plan.internet)
        async with _child(argv, stdin=asyncio.subprocess.DEVNULL, stdout=sys.stderr) as passt:
            deadline = time.monotonic() + _PASST_LIMIT_S
            while not place.is_socket():
                if passt.returncode is not None or time.monotonic() > deadline:
                    raise OSError(f"passt does not listen (exit code {passt.returncode})")
                await asyncio.sleep(0.02)
            yield passt


@contextlib.asynccontextmanager
async def _child(
    argv: list[str], cpus: set[int] | None = None, **options: Any
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program without root's rights, on these CPUs (None: any); kill it at the end of the block."""

    def prepare() -> None:
        if cpus:
            os.sched_setaffinity(0, cpus)
        sandbox.give_up_rights()

    process = await asyncio.create_subprocess_exec(
        *argv, stderr=sys.stderr, preexec_fn=prepare, env=_ENVIRONMENT, **options
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()


def _answer(line: str) -> None:
    """Report one line to the process that started this one; stdout then goes to /dev/null."""
    with contextlib.suppress(OSError):
        os.write(1, line.encode() + b"\n")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)


def main() -> int:
    """Run the VM of the folder given as argument."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    os.umask(0o077)
    folder = Path(sys.argv[1])
    try:
        supervisor = Supervisor(folder, Plan.read(folder))
        asyncio.run(supervisor.run())
    except OSError as error:
        log.error("the VM could not be run: %s", error)
        _answer(f"{PORT_TAKEN}: {error}" if error.errno == 98 else str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
