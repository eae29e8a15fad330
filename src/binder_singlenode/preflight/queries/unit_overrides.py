"""Files by which somebody changes units of binder-singlenode."""

from __future__ import annotations

from binder_singlenode.layout import drop_ins

OVERRIDES = "unit overrides"


def fragments() -> dict[str, str]:
    """Section -> shell."""
    return {f"text {OVERRIDES}": drop_ins.script()}
