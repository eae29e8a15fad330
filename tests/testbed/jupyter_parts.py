"""The real Jupyter parts of the test bed as processes of this machine: out of the cache of who runs it."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Parts:
    """Debian's Python, and the folders with the packages of a session and of the hub."""

    python: Path
    session: Path
    hub: Path

    def environment(self, *folders: Path) -> dict[str, str]:
        """To start it in; its Python is the first one found."""
        path = f"{self.python.parent}:{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "PYTHONPATH": ":".join(map(str, folders))}


def parts() -> Parts:
    """Built, or out of the cache."""
    sys.path.insert(0, str(HERE))
    from building import jupyter, python

    return Parts(python.interpreter(), jupyter.session_packages(), jupyter.hub_packages())
