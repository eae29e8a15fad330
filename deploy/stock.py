"""The Context for the stock pyinfra command, from host.data.host_file and the host itself."""

import os
import time
from pathlib import Path
from typing import Any

from pyinfra.api.facts import FactBase

from binder_singlenode import bundle, config, lock, preflight, preflight_facts, preflight_script
from binder_singlenode.deploy import contexts
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts import PACKAGES
from binder_singlenode.preflight_facts import Facts
from binder_singlenode.preflight_machine import MACHINES

BUNDLE_VARIABLE = "BINDER_BUNDLE"


class HostFacts(FactBase[Facts]):
    """The preflight's read-only questions."""

    def command(self) -> str:
        """One script."""
        return preflight_script.script(PACKAGES)

    @staticmethod
    def default() -> Facts:
        """A host that tells nothing: every rule then finds something."""
        return preflight_facts.parse("", 0)

    def process(self, output: list[str]) -> Facts:
        """See preflight_facts.parse."""
        return preflight_facts.parse("\n".join(output), time.time())


def context_of(host: Any) -> Context:
    """What site.py gives to the steps. Raises BinderError: a bad host file, an unfit host, a damaged bundle.

    The bundle is the folder that $BINDER_BUNDLE names; without it, what the lock file says.
    """
    path = Path(host.data.host_file)
    configured = config.load(path)
    if configured.ssh.user != "root":
        host.data._sudo = True
    told = host.get_fact(HostFacts)
    folder = os.environ.get(BUNDLE_VARIABLE)
    arch = MACHINES.get(told.one("machine"), told.one("machine"))
    release = bundle.load(Path(folder), arch) if folder else lock.load_or_resolve(path, arch)
    problems = preflight.judge(told, configured, offline=True, release=release)
    preflight.raise_if_fatal(problems, configured)
    return contexts.make(configured, preflight.machine(told), release)
