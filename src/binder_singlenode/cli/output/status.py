"""The output of `status`, as one screen of text and as data for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from binder_singlenode.base.masking import clean
from binder_singlenode.base.units import human_bytes
from binder_singlenode.cli.output.console import print_rows, stdout, to_plain

if TYPE_CHECKING:
    from binder_singlenode.health.disk_shares import ShareUse
    from binder_singlenode.health.homes import Home, HomesUse
    from binder_singlenode.health.status import Status

UNKNOWN = "unknown"
FULLEST_HOMES = 3


def print_status(status: Status, console: Console | None = None) -> None:
    """Print the status on one screen."""
    console = console or stdout()
    print_rows(status_rows(status), console=console)
    if status.sessions:
        console.print()
        rows = [(each.pod, each.phase, each.since, each.image) for each in status.sessions]
        print_rows(rows, ("SESSION", "PHASE", "SINCE", "IMAGE"), console)
    for line in status.problems:
        console.print(Text(f"! {clean(line)}", "bold red"))
    if status.next_step:
        console.print(Text(f"next: {clean(status.next_step)}"))


def status_rows(status: Status) -> list[tuple[str, str]]:
    days = status.certificate_days_left
    rows = [
        ("host", _host_line(status)),
        ("address", status.base_url),
        ("services", ", ".join(f"{unit} {state}" for unit, state in status.services.items()) or UNKNOWN),
        ("node", _node_line(status)),
        ("release", _release_line(status)),
        ("binderhub", _hub_line(status)),
        ("registry", _registry_line(status)),
        ("sessions", _sessions_line(status)),
        ("pinned", UNKNOWN if status.pins is None else f"{len(status.pins)} image(s)"),
        ("builds", UNKNOWN if status.builds is None else str(status.builds)),
    ]
    rows += [
        (f"disk {each.path}", f"{human_bytes(each.free_bytes)} of {human_bytes(each.total_bytes)} free")
        for each in status.disks
    ]
    rows += [(f"  {each.name}", share_line(each)) for each in status.shares]
    rows += _home_rows(status.homes) if status.homes else []
    rows.append(("certificates", UNKNOWN if days is None else f"{days:.0f} days left"))
    return rows


def _home_rows(use: HomesUse) -> list[tuple[str, str]]:
    """All homes in one line, then the fullest ones that are not known to be free."""
    claimed = UNKNOWN if use.claimed is None else use.claimed
    counts = f"{use.existing} of {use.wanted}, {use.mounted} mounted, {claimed} claimed"
    disk = f"{human_bytes(use.taken_bytes)} of {human_bytes(use.share_bytes)} on the disk"
    theirs = [home for home in use.homes if home.claim != "" and home.used_bytes is not None]
    return [("homes", f"{counts}, {disk}"), *map(_home_row, theirs[:FULLEST_HOMES])]


def _home_row(home: Home) -> tuple[str, str]:
    return f"  {home.name}", f"{_used(home.used_bytes or 0, home.limit_bytes)}, {home.claim or UNKNOWN}"


def _used(used_bytes: int, whole_bytes: int) -> str:
    return f"{human_bytes(used_bytes)} of {human_bytes(whole_bytes)} ({100 * used_bytes / whole_bytes:.0f} %)"


def share_line(share: ShareUse) -> str:
    line = _used(share.used_bytes, share.budget_bytes)
    if share.growth_bytes_a_day is None:
        return f"{line}, days until full: unknown yet"
    if share.days_until_full is None:
        return f"{line}, not growing"
    return f"{line}, {share.days_until_full:.0f} days until full"


def _host_line(status: Status) -> str:
    line = f"{status.name} ({status.address})"
    return f"{line}, not reached: {status.unreached.splitlines()[0]}" if status.unreached else line


def _node_line(status: Status) -> str:
    node = status.node
    if node is None:
        return UNKNOWN
    ready = "ready" if node.ready else "not ready"
    cordoned = ", cordoned" if node.cordoned else ""
    memory = human_bytes(node.allocatable_memory_bytes)
    return f"{node.name} {ready}{cordoned}, {node.kubelet_version}, {memory} for pods, {node.os_image}"


def _release_line(status: Status) -> str:
    release = status.release
    if release is None:
        return "none" if status.node else UNKNOWN
    return f"revision {release.revision} {release.status}, {release.chart}, {release.updated_at}"


def _hub_line(status: Status) -> str:
    if status.health is None:
        return UNKNOWN
    version = f", {status.versions.binderhub}" if status.versions else ""
    return ("ok" if status.health.ok else "ill") + version


def _registry_line(status: Status) -> str:
    if status.health is not None and status.registry_ok is None:
        return "none: built images are in the kubelet's store"
    return {True: "answers", False: "does not answer", None: UNKNOWN}[status.registry_ok]


def _sessions_line(status: Status) -> str:
    running = UNKNOWN if status.sessions is None else str(len(status.sessions))
    return f"{running} of {UNKNOWN if status.quota is None else status.quota}"


def status_data(status: Status) -> dict[str, Any]:
    """The status as data for JSON."""
    data: dict[str, Any] = to_plain(status)
    return {"ok": status.ok, "certificate_days_left": status.certificate_days_left, **data}
