"""Entry point for the stock pyinfra command:

BINDER_BUNDLE=… pyinfra inventories/example.py deploy/site.py --limit lab --dry
"""

from pyinfra.context import host

from binder_singlenode.deploy import steps
from binder_singlenode.deploy.stock_pyinfra import context_of

context = context_of(host)
for step in host.loop(steps.in_order()):  # type: ignore[no-untyped-call]
    step(context)
