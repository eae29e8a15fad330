"""Load firewall rules as `netplan try` does: they go again, unless a new ssh connection gets in.

The host itself keeps the guard: a timer restores the former rules after GUARD_S. It needs no connection, so a
run that was killed, or a computer that lost its network, locks nobody out. Only the step that saw a new
connection get in stops the timer. A run that has nothing to load does none of this.
"""

import shlex
import time
from collections.abc import Generator
from dataclasses import dataclass, field

from pyinfra.api.command import FunctionCommand, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.base.render import render
from binder_singlenode.config import Host
from binder_singlenode.deploy.facts.host_state import look
from binder_singlenode.deploy.operations import services
from binder_singlenode.deploy.operations.services import Service
from binder_singlenode.layout import paths
from binder_singlenode.ssh import new_connection

GUARD_S = 90
"""Longer than the proof takes, and shorter than ssh keeps a connection that is cut (ssh/config.py: 120 s)."""
PROOF_S = 40
PAUSE_S = 3.0
"""Between two attempts: some firewalls limit new connections."""


@dataclass
class Proof:
    """Whether a new ssh connection gets in; `problem` says why not."""

    host: Host = field(repr=False)
    problem: str = ""

    def seek(self) -> None:
        """Try until a new connection gets in, or PROOF_S are over. Never raises: pyinfra would lose it."""
        deadline = time.monotonic() + PROOF_S
        self.problem = new_connection.problem(self.host)
        while self.problem and time.monotonic() < deadline:
            time.sleep(PAUSE_S)
            self.problem = new_connection.problem(self.host)


def script(verb: str) -> str:
    """Shell for `arm`, `keep` or `undo`."""
    return render(
        "firewall/guard.sh.j2",
        verb=verb,
        table=paths.FIREWALL_TABLE,
        rules=paths.FIREWALL_RULES,
        unit=paths.FIREWALL_UNIT,
        note=paths.stamp_path(paths.FIREWALL_UNIT),
        guard=f"/run/{paths.FIREWALL_GUARD}",
        timer=paths.FIREWALL_GUARD,
        limit_s=GUARD_S,
    )


@operation()
def ensure_guarded_service(
    service: Service, proof: Proof
) -> Generator[StringCommand | FunctionCommand, None, None]:
    """Like ensure_service, for the unit that loads the rules: enabled and noted only after the proof."""
    seen = look(host)
    steps = services.steps(seen, service)
    after = [step for step in steps if step == services.note(service) or "systemctl enable" in step]
    loads = [step for step in steps if step not in after]
    if not steps:
        return
    if loads == [services.DAEMON_RELOAD]:  # the rules are loaded, and only the boot would forget them
        yield StringCommand(" && ".join(steps))
    else:
        yield StringCommand("sh", "-s", _stdin=script("arm"))
        yield StringCommand(" && ".join(loads))
        yield FunctionCommand(proof.seek, (), {})
        if proof.problem:
            yield StringCommand("sh", "-s", _stdin=script("undo") + failure(proof))
        yield StringCommand("sh", "-s", _stdin=script("keep"))
        yield StringCommand(" && ".join(after))
    seen.forget("units", "stamps", "firewall", "homes")


def failure(proof: Proof) -> str:
    said = (
        f"with the firewall rules loaded, no new ssh connection gets to the host ({proof.problem}). The"
        " rules were taken back. See whether network.pod_cidr or network.service_cidr contains an address on"
        " the way to the host (binder-singlenode check), or set network.firewall: false"
    )
    return f"\necho {shlex.quote(said)} >&2\nexit 1\n"
