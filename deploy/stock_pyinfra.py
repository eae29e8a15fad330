"""The Context for the stock pyinfra command, from host.data.host_file and the host itself."""

import os
import time
from pathlib import Path
from typing import Any

from pyinfra.api.facts import FactBase

from binder_singlenode import config
from binder_singlenode.deploy import context
from binder_singlenode.deploy.context import Context
from binder_singlenode.layout.system import MACHINES, PACKAGES
from binder_singlenode.preflight import facts, judge, script
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.releases import bundle, lock_file

BUNDLE_VARIABLE = "BINDER_BUNDLE"


class HostFacts(FactBase[Facts]):
    """The preflight's read-only queries."""

    def command(self) -> str:
        """The preflight's script."""
        return script.script(PACKAGES)

    @staticmethod
    def default() -> Facts:
        """A host that reports nothing; every preflight rule then finds a problem."""
        return facts.parse("", 0)

    def process(self, output: list[str]) -> Facts:
        """See preflight/facts.py."""
        return facts.parse("\n".join(output), time.time())


def context_of(host: Any) -> Context:
    """The Context for the steps. Raises BinderError: a bad host file, an unsuitable host, a damaged bundle.

    The release comes from the bundle folder that $BINDER_BUNDLE names, otherwise from the lock file.
    """
    path = Path(host.data.host_file)
    configured = config.load(path)
    if configured.ssh.user != "root":
        host.data._sudo = True
    told = host.get_fact(HostFacts)
    folder = os.environ.get(BUNDLE_VARIABLE)
    arch = MACHINES.get(told.one("machine"), told.one("machine"))
    release = bundle.load(Path(folder), arch) if folder else lock_file.load_or_resolve(path, arch)
    problems = judge.judge(told, configured, offline=True, release=release)
    judge.raise_if_fatal(problems, configured)
    return context.make(configured, judge.machine(told), release)
