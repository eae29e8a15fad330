"""Connect, inspect, plan, apply. Outside deploy/, only provision/ uses pyinfra's API.

    with connect(session) as connection:
        machine = connection.machine()
        problems = connection.preflight(release)
        plan = connection.plan(context)
        result = connection.apply(progress)

One pyinfra State per plan and its execution (a State cannot be used twice), one host per State. One run at
a time, in the main thread: pyinfra's state context is global to the process.
"""

import contextlib
import time
from collections.abc import Callable, Iterator

from binder_singlenode import ssh
from binder_singlenode.base import sections
from binder_singlenode.config import Host, proxy_environment
from binder_singlenode.config.secrets import tls_files
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.removal import found as removal_found
from binder_singlenode.errors import BinderError, ConnectError
from binder_singlenode.layout import system
from binder_singlenode.layout.system import MACHINES
from binder_singlenode.preflight import dns, judge, ports, script
from binder_singlenode.preflight import facts as preflight_facts
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.judge import Problem
from binder_singlenode.preflight.queries import resolver, trust
from binder_singlenode.provision.connector import Execution
from binder_singlenode.provision.events import Event, Plan, Result
from binder_singlenode.provision.run import Recipe
from binder_singlenode.releases.versions import Release
from binder_singlenode.sizing.size import Machine
from binder_singlenode.ssh.session import Session, said

Progress = Callable[[Event], None]
PREFLIGHT_LIMIT_S = 120


@contextlib.contextmanager
def connect(session: Session) -> "Iterator[Connection]":
    """Open the connection. Raises ConnectError. login.open_access makes the session."""
    ssh.open_connection(session.host)
    yield Connection(session)


class Connection:
    """An open connection to one host, as root."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._execution = Execution(session)
        self._recipe: Recipe | None = None
        self._facts: Facts | None = None

    def run(self, command: str, text: str = "", timeout_s: float | None = 60) -> str:
        """Run a shell command as root, return its stdout. Raises ConnectError, also if the command fails."""
        done = self._session.as_root(command, text, timeout_s)
        if done.returncode != 0:
            raise ConnectError(
                f"exit code {done.returncode}: {said(done)[-500:]}", where=self._session.host.address
            )
        return done.stdout

    def machine(self) -> Machine:
        """Memory, processors and disk, as the host reports them."""
        return judge.machine(self._told())

    def arch(self) -> str:
        """The architecture as releases name it: amd64 or arm64; for any other, the kernel's name."""
        machine = self._told().one("machine")
        return MACHINES.get(machine, machine)

    def preflight(self, release: Release | None = None) -> list[Problem]:
        """All problems of the host at once; changes nothing.

        With a release whose files are all on this computer, the host needs no internet access.
        """
        offline = release is not None and all(file.path is not None for file in release.artifacts)
        told = self._told(outbound=not offline).and_more(self._names() + self._tunnel())
        told = told.and_more(self._trust())
        return judge.judge(told, self._session.host, offline=offline, release=release)

    def _names(self) -> str:
        """With ACME: the DNS names and port 80, tested from this computer as the authority will test them."""
        from binder_singlenode.binderhub.http import is_loopback  # importing httpx takes a third of a second

        host = self._session.host
        if host.tls.mode != "acme":
            return ""
        direct = host.ssh.jump is None and not is_loopback(host.address)
        silent = ports.facts(host.address, 80) if direct else ""
        return f"dns_tried\tyes\n{dns.facts(host.names)}{silent}"

    def _tunnel(self) -> str:
        """Whether the ssh server forbids the tunnel to the API, which needs a connection of its own."""
        return "tunnel\tforbidden\n" if ssh.forbids_tunnel(self._session.host) else ""

    def _trust(self) -> str:
        """Certificates of private servers and the web proxy, judged by the host with the operator's roots."""
        host = self._session.host
        asked = trust.script(host, tls_files.roots(host))
        return self.run(asked) if asked else ""

    def _told(self, *, outbound: bool = False) -> Facts:
        """Facts for preflight, queried once; outbound connections are tested only if `outbound` is set."""
        if self._facts is None:
            text = self.run(script.script(system.PACKAGES, self._session.host), timeout_s=PREFLIGHT_LIMIT_S)
            self._facts = preflight_facts.parse(text, time.time())
        if outbound:
            doors = proxy_environment.doors(self._session.host) or script.OUTBOUND
            asks = resolver.asking_script(
                self._facts.all("resolver_server"), self._facts.all("resolver_search")
            )
            return self._facts.and_more(self.run(asks + script.outbound_script(doors)))
        return self._facts

    def plan(self, context: Context) -> Plan:
        """What would change; queries the host and changes nothing. Raises StepError, ConnectError."""
        self._recipe = Recipe.of_steps(self._execution, context)
        return self._recipe.plan()

    def remains(self, *, keep_data: bool) -> tuple[dict[str, list[str]], list[str]]:
        """What `down` would remove, by kind, and what would stay.

        Raises PreflightError if the Kubernetes on the host was not installed by binder-singlenode.
        """
        judge.raise_if_foreign(self._told(), self._session.host)
        told = sections.split(self.run(removal_found.command()).splitlines())
        found = removal_found.to_remove(told, keep_data=keep_data)
        return found, removal_found.staying(told, keep_data=keep_data)

    def plan_removal(self, host: Host, *, keep_data: bool) -> Plan:
        """The operations of `down`, as a plan. Raises StepError, ConnectError."""
        self._recipe = Recipe.of_removal(self._execution, host, keep_data=keep_data)
        return self._recipe.plan()

    def apply(self, progress: Progress = lambda event: None) -> Result:
        """Carry out the last plan. Raises StepError naming step, operation, command and output."""
        if self._recipe is None:
            raise BinderError("apply() comes after plan()")
        recipe, self._recipe = self._recipe, None
        return recipe.apply(progress)
