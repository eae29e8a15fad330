"""What each step does to a bare host, to the letter.

The step store: test_golden_leftovers.py; trust: trust/test_trust_step.py."""

import pytest

from binder_singlenode.deploy import steps
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.step import Step

from .golden_file import agrees

HOMES = """address: 192.0.2.7
mode: persistent
home: {size: 1Gi, users: 2}
sign_in: {provider: github, client_id: a, client_secret: env:A, allowed: {users: [alice]}}
"""
MAINTENANCE = "address: 192.0.2.7\nmaintenance: A <new> disk; back at 15:00.\n"


@pytest.mark.parametrize(
    "step",
    [step for step in steps.in_order() if step.name not in ("store", "trust")],
    ids=lambda step: step.name,
)
def test_step_on_a_bare_host(step: Step, context: Context, play, make, tmp_path) -> None:  # type: ignore[no-untyped-def]
    name = step.name
    if name == "homes":  # nothing happens with mode binder
        context = make(tmp_path, HOMES)
    if name == "maintenance":  # nor where there is none
        context = make(tmp_path, MAINTENANCE)
    walk = play(step, context, {})
    assert [operation for operation, change in walk.plan.items() if change is not False] == walk.changed
    assert agrees(f"{name}.txt", walk.text())
