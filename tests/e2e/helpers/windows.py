"""A session in use: somebody has a window open on it."""

import contextlib
import threading
from collections.abc import Iterator

from binder_singlenode.binderhub import jupyter_kernel
from binder_singlenode.errors import LaunchError

LONGEST_S = 5400


@contextlib.contextmanager
def open_on(url: str, token: str) -> Iterator[threading.Thread]:
    """A notebook's window, open until the end of the block; its thread ends when the other side closes it."""
    with jupyter_kernel.opened(url, token) as window:
        somebody = threading.Thread(target=_look_on, args=(window,), daemon=True)
        somebody.start()
        yield somebody


def _look_on(window: jupyter_kernel.Kernel) -> None:
    with contextlib.suppress(LaunchError):
        window.stay(LONGEST_S)
