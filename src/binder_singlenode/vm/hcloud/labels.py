"""The four labels of binder-singlenode's servers, keys, firewalls, addresses and volumes at Hetzner.

managed-by=binder-singlenode      the owner; nothing without this label is ever deleted
binder-singlenode/vm=<name>       the VM that it belongs to
expires=<unix time>               after this the reaper may delete it; without this label it never does
run=<nonce>                       the create that made it; finds what a POST with a lost response created
"""

from __future__ import annotations

from collections.abc import Mapping

MANAGED_BY = "managed-by"
OWNER = "binder-singlenode"
VM = "binder-singlenode/vm"
EXPIRES = "expires"
RUN = "run"


def labels(name: str, run: str, expires: int) -> dict[str, str]:
    """The four labels."""
    return {MANAGED_BY: OWNER, VM: name, EXPIRES: str(expires), RUN: run}


def selector(name: str | None = None, run: str | None = None) -> str:
    """A label selector for everything of binder-singlenode, of one VM, or of one run."""
    terms = [f"{MANAGED_BY}={OWNER}"]
    if name is not None:
        terms.append(f"{VM}={name}")
    if run is not None:
        terms.append(f"{RUN}={run}")
    return ",".join(terms)


def ours(found: Mapping[str, str] | None) -> bool:
    """Whether these labels include binder-singlenode's `managed-by`."""
    return (found or {}).get(MANAGED_BY) == OWNER


def expires_at(found: Mapping[str, str] | None) -> int | None:
    """Unix time after which it may be deleted; None for never (the label is missing, or not a number)."""
    text = (found or {}).get(EXPIRES, "")
    return int(text) if text.isdigit() else None


def server_name(name: str) -> str:
    """Server name, one per VM name: the API refuses a second server of that name, which avoids duplicates."""
    return f"binder-{name}"


def helper_name(name: str, run: str) -> str:
    """Name of key and firewall: one per run, so that two computers never use the same."""
    return f"binder-{name}-{run}"
