"""Run all rules: facts in, problems out, each with its remedy. Pure; nothing is changed.

script.py queries the host, facts.py reads the output; the rules are in rules/, by subject.
"""

from __future__ import annotations

from binder_singlenode.config import Host
from binder_singlenode.errors import PreflightError
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.rules import login as on_login
from binder_singlenode.preflight.rules import machine as on_machine
from binder_singlenode.preflight.rules import policy as on_people
from binder_singlenode.preflight.rules import settings as on_settings
from binder_singlenode.preflight.rules import software as on_software
from binder_singlenode.preflight.rules import unit_overrides as on_units
from binder_singlenode.preflight.rules.networks import dns_names as on_names
from binder_singlenode.preflight.rules.networks import host_networks as on_host_networks
from binder_singlenode.preflight.rules.networks import in_front
from binder_singlenode.preflight.rules.networks import network as on_network
from binder_singlenode.preflight.rules.networks import packet_filters as on_packet_filters
from binder_singlenode.preflight.rules.networks import resolver as on_resolver
from binder_singlenode.preflight.rules.storage import disks as on_disks
from binder_singlenode.preflight.rules.storage import homes as on_homes
from binder_singlenode.preflight.rules.storage import mounts as on_mounts
from binder_singlenode.preflight.rules.storage import places as on_places
from binder_singlenode.preflight.rules.tls import trust as on_trust
from binder_singlenode.releases.versions import Release
from binder_singlenode.sizing.size import Machine

__all__ = ["Problem", "judge", "machine", "raise_if_fatal"]


def machine(facts: Facts) -> Machine:
    """Memory, processors, the size of the disk behind /var/lib, and the disks of the budget."""
    disk = next((disk.size_bytes for disk in facts.disks if disk.path == "/var/lib"), 0)
    file_systems = on_disks.file_systems(facts)
    return Machine(facts.number("memory_kb") * 1024, facts.number("cpus"), disk, file_systems)


def judge(facts: Facts, host: Host, *, offline: bool, release: Release | None = None) -> list[Problem]:
    """All problems. `offline`: all files come from this computer. `release`: the release to be installed."""
    return [
        *on_machine.system(facts),
        *on_machine.kernel(facts),
        *on_machine.size(facts, host, machine(facts)),
        *on_machine.disks(facts),
        *on_places.places(facts),
        *on_mounts.mounts(facts),
        *on_disks.kinds(facts),
        *on_disks.inodes(facts),
        *on_disks.budget(facts, host),
        *on_disks.access_times(facts),
        *on_machine.clock(facts, host),
        *on_login.tunnel(facts, host),
        *on_network.route(facts),
        *on_network.cluster(facts, host),
        *on_host_networks.overlaps(facts, host),
        *on_host_networks.ssh_port(facts, host),
        *on_network.ports(facts),
        *on_software.kubernetes(facts),
        *(on_software.downgrade(facts, release.k3s.version) if release else ()),
        *on_software.node(facts, host),
        *on_software.docker(facts),
        *on_packet_filters.filters(facts, host),
        *on_network.firewalls(facts, host),
        *on_settings.problems(facts),
        *on_resolver.problems(facts, host, offline=offline),
        *([] if offline else on_network.outbound(facts, host)),
        *on_software.packages(facts, offline=offline),
        *on_trust.roots(facts, host),
        *on_names.certificates(facts, host),
        *on_names.names(facts, host),
        *in_front.proxies(host),
        *on_people.private_repositories(host),
        *on_people.sign_in(host),
        *on_people.session_times(host),
        *on_homes.homes(facts, host),
        *on_units.overrides(facts),
    ]


def raise_if_foreign(facts: Facts, host: Host) -> None:
    """Before `down`: raises PreflightError when another Kubernetes is installed on the machine."""
    units = on_software.foreign(facts)
    if units:
        raise PreflightError(
            f"{', '.join(units)} is installed, but not by binder-singlenode; `down` would delete its data."
            " Nothing was changed",
            where=host.name,
            hint="check that this is the right machine; if it is, uninstall that Kubernetes with its own"
            f" program ({on_software.uninstall(units[0])}), then run the same command again",
        )


def raise_if_fatal(problems: list[Problem], host: Host) -> None:
    """Raises PreflightError that names every fatal problem with its remedy."""
    fatal = [problem for problem in problems if problem.fatal]
    if not fatal:
        return
    blocks = [f"  - {problem.where}: {problem.what}\n    do: {problem.remedy}" for problem in fatal]
    count = "1 problem" if len(fatal) == 1 else f"{len(fatal)} problems"
    raise PreflightError(
        f"{count} found; nothing was changed\n" + "\n".join(blocks),
        where=host.name,
        hint="solve this, then run the same command again",
    )
