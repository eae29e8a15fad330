"""A pyinfra State with one host, reached by our connector."""

from typing import Any

import gevent
from pyinfra.api.config import Config
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State

from binder_singlenode.errors import BinderError
from binder_singlenode.provision.connector import DATA_KEY, OpenSshConnector, Session


def new_state(session: Session) -> State:
    """A State with our one host and our connector."""
    make: Any = Inventory
    inventory = make(([(session.host.address, {DATA_KEY: session})], {}))
    next(iter(inventory.hosts.values())).connector_cls = OpenSshConnector
    _show_errors_once()
    return State(inventory, Config(FAIL_PERCENT=0))  # type: ignore[no-untyped-call]


def _show_errors_once() -> None:
    """gevent prints what ends a greenlet, then raises it anew: errors and Ctrl-C are the edge's to show."""
    hub: Any = gevent.get_hub()  # type: ignore[no-untyped-call]
    if BinderError not in hub.NOT_ERROR:
        hub.NOT_ERROR = (*hub.NOT_ERROR, BinderError, KeyboardInterrupt)
