"""Files by which somebody changes units of binder-singlenode: named, and whether `up` takes them back."""

from __future__ import annotations

from collections.abc import Iterator

from binder_singlenode.layout import drop_ins
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.queries.unit_overrides import OVERRIDES


def overrides(facts: Facts) -> Iterator[Problem]:
    """A warning for each file."""
    for found in drop_ins.parse(facts.text(OVERRIDES)):
        taken_back = (
            f"`up` moves it to {found.path}{drop_ins.MOVED} and restarts the unit"
            if found.decisive
            else "`up` leaves it; remove it if it is not needed"
        )
        yield Problem(str(found), "unit overrides", taken_back, fatal=False)
