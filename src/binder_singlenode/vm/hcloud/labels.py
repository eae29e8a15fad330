"""How our servers, keys, firewalls, addresses and volumes are told from everybody else's: by four labels.

managed-by=binder-singlenode      ours; nothing without it is ever deleted
binder-singlenode/vm=<name>       the VM it belongs to
expires=<unix time>               after this the reaper may delete it; without this label it never does
run=<nonce>                       the create that made it: it finds by this what a lost answer hid
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
    """A label selector: everything of ours, of one VM, of one run."""
    terms = [f"{MANAGED_BY}={OWNER}"]
    if name is not None:
        terms.append(f"{VM}={name}")
    if run is not None:
        terms.append(f"{RUN}={run}")
    return ",".join(terms)


def ours(found: Mapping[str, str] | None) -> bool:
    """Does it bear our label?"""
    return (found or {}).get(MANAGED_BY) == OWNER


def expires_at(found: Mapping[str, str] | None) -> int | None:
    """Unix time after which it may be deleted; None for never (the label is gone, or no number)."""
    text = (found or {}).get(EXPIRES, "")
    return int(text) if text.isdigit() else None


def server_name(name: str) -> str:
    """One per VM name: the API refuses a second server of the same name, which is our guard against twins."""
    return f"binder-{name}"


def helper_name(name: str, run: str) -> str:
    """Of key and firewall: one per run, so that two computers never take each other's."""
    return f"binder-{name}-{run}"
