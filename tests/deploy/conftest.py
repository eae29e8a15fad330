"""Steps on pyinfra's @fake connector: what a host tells goes in, commands come out. No network, no clock."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import basename
from typing import Any

import pytest
from pyinfra.api.config import Config
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.context import ctx_host, ctx_state

from binder_singlenode import config
from binder_singlenode.deploy import steps
from binder_singlenode.deploy.context import Context
from binder_singlenode.layout import image_store
from binder_singlenode.provision.connector import Execution
from binder_singlenode.provision.run import Recipe
from binder_singlenode.releases.versions import Artifact, Release, default_settings
from binder_singlenode.sizing import size
from binder_singlenode.ssh import new_connection
from binder_singlenode.ssh.session import Session

from .entry.acme_fixtures import authority, pebble_built  # noqa: F401 - fixtures
from .entry.entry_fixtures import binder, hub, program, started  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def _no_new_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step firewall proves a new ssh connection; here it always gets in."""
    monkeypatch.setattr(new_connection, "problem", lambda host: "")


PLAIN_STEPS = [step.name for step in steps.in_order() if step.name not in ("maintenance", "homes")]
"""Those that have something to do with a plain host file."""
HOST_FILE = "apiVersion: binder/v1\naddress: 192.0.2.7\n"


def artifact(folder: Path, name: str, version: str, member: str | None = None) -> Artifact:
    """A small local file that stands for a large one."""
    path = folder / name
    path.write_text(f"contents of {name}\n")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Artifact(name, version, digest, path.stat().st_size, path=path, member=member)


def release_of(folder: Path) -> Release:
    """A bundle's worth of files."""
    return Release(
        arch="amd64",
        k3s=artifact(folder, "k3s", "v1.36.3+k3s1"),
        helm=artifact(folder, "helm", "v4.3.1"),
        caddy=artifact(folder, "caddy", "v2.10.2"),
        chart=artifact(folder, "binderhub.tgz", "1.0.0"),
        images=(artifact(folder, "binderhub-images.tar", "1"),),
        settings=default_settings(),
    )


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A 16 GiB machine with a bundle."""
    return make_context(tmp_path, HOST_FILE)


def make_context(folder: Path, text: str) -> Context:
    """A context for any host file."""
    host = config.loads(text, "host.yaml")
    machine = size.Machine(16 * 1024**3, 4, 200 * 10**9)
    return Context(host, size.size(machine, host), release_of(folder), "config: {BinderHub: {}}\n")


@dataclass
class Ran:
    """One operation as it went."""

    name: str
    changed: bool
    commands: list[str] = field(default_factory=list)


@dataclass
class Walk:
    """A walk over steps: the plan, and what was executed."""

    plan: dict[str, bool | None]
    ran: list[Ran]
    questions: int

    def of(self, words: str) -> Ran:
        """The one operation whose name has these words in it."""
        found = [ran for ran in self.ran if words in ran.name]
        assert len(found) == 1, [ran.name for ran in self.ran]
        return found[0]

    @property
    def changed(self) -> list[str]:
        return [ran.name for ran in self.ran if ran.changed]

    def text(self) -> str:
        """The operations that changed something and the files they placed, as a golden file holds it.

        Not the shell that does it: tests/deploy/scripts and tests/idempotence run that.
        """
        blocks = [
            "\n".join([f"## {ran.name}", *filter(None, map(_placed, ran.commands))])
            for ran in self.ran
            if ran.changed
        ]
        return "\n\n".join(blocks) + "\n"


Play = Callable[..., Walk]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    """Plan and apply steps on a host that answers every survey with the given lines."""
    from pyinfra.connectors.fake import FakeConnector

    uploads: list[str] = []

    def put_file(self: Any, source: Any, destination: str, *_: Any, **__: Any) -> bool:
        uploads.append(destination)
        return True

    monkeypatch.setattr(FakeConnector, "put_file", put_file)

    def run(step: Any, context: Context, told: dict[str, list[str]], **responses: Any) -> Walk:
        lines = [line for name, rest in told.items() for line in (f"##binder {name}", *rest)]
        data = {"fake_responses": {"##binder ": lines, **responses}, "fake_delay": 0, "fake_delay_jitter": 0}
        make: Any = Inventory
        state = State(make(([("@fake/host", data)], {})), Config(FAIL_PERCENT=0))  # type: ignore[no-untyped-call]
        recipe = Recipe(Execution(Session(context.host)), state, "binder-singlenode up host")
        recipe.prepare([(step, (context,))])
        plan = {operation.name: operation.change for operation in recipe.plan().operations}
        recipe.apply(lambda event: None)
        return Walk(plan, list(_executed(recipe)), _questions(recipe))

    yield run
    ctx_host.reset()
    ctx_state.reset()


def _executed(recipe: Recipe) -> Iterator[Ran]:
    for op_hash in recipe._state.get_op_order():
        meta = recipe._state.ops[recipe._host][op_hash].operation_meta
        commands = [_shown(command) for command in meta._commands or []]
        yield Ran(recipe._names(op_hash)[1], meta.did_change(), commands)


def _questions(recipe: Recipe) -> int:
    return sum("##binder " in command for command in recipe._host.connector.executed_commands)


_STDIN = "\n<<< stdin\n"
_RIGHTS = re.compile(r"chown (\S+) \S+ && chmod (\d+) ")


def _placed(command: str) -> str:
    """Mode, owner and content of a file that a command writes; an upload as it is; nothing for the rest."""
    shell, stdin, content = command.partition(_STDIN)
    if command.startswith("upload "):
        return command
    rights = _RIGHTS.search(shell)
    if not stdin or not rights:
        return ""
    return f"mode {rights[2]}, owner {rights[1]}\n---\n{content.removesuffix('>>>')}---"


def _shown(command: Any) -> str:
    if hasattr(command, "dest"):
        return f"upload {Path(command.src).name} to {command.dest}"
    stdin = command.connector_arguments.get("_stdin")
    return str(command) + (f"{_STDIN}{stdin}>>>" if stdin else "")


def finished(context: Context) -> dict[str, list[str]]:
    """What a host tells on which everything is as this context wants it."""
    from binder_singlenode.deploy.operations import acme_trial
    from binder_singlenode.deploy.operations.files import sha256_of_notes
    from binder_singlenode.deploy.operations.services import Service
    from binder_singlenode.deploy.steps import (
        build_limits,
        disk_cleanup,
        entry,
        firewall,
        helm,
        homes,
        k3s,
        kernel,
        maintenance,
        packages,
        registry,
        release,
        resolver,
        retention,
        trust,
    )
    from binder_singlenode.layout import names, paths, system

    modules = (
        packages,
        maintenance,
        kernel,
        firewall,
        build_limits,
        resolver,
        k3s,
        registry,
        homes,
        entry,
        disk_cleanup,
        retention,
        trust,
    )
    wanted = [file for module in modules for file in module.files(context)]
    wanted += [release.values(context), disk_cleanup.journald(context)]
    passed = acme_trial.trial(context)
    has_registry = context.host.images.store == "registry"
    manifests = [*registry.files(context), entry.manifest(context)]
    manifests += [registry.manifest(context)] if has_registry else []
    installed = [k3s.binary(context), *k3s.images(context), helm.binary(context), entry.binary(context)]
    installed += [release.chart(context)]
    persistent = context.host.persistent
    manifests += [homes.manifest(context)] if persistent else []
    wanted += [file for file in manifests if file not in wanted]
    services = [
        *([homes.service(context)] if persistent else []),
        Service(paths.FIREWALL_UNIT, firewall.files(context)),
        Service(names.BUILDS_SLICE, build_limits.files(context)),
        resolver.service(context),
        k3s.service(context),
        Service(paths.ENTRY_UNIT, entry.files(context), (entry.binary(context),)),
        Service(paths.CLEAN_TIMER, disk_cleanup.files(context)),
        disk_cleanup.power_cut(context),
        Service(paths.UPKEEP_TIMER, retention.files(context)),
    ]
    folders = [
        (place.path, place.mode, place.owner)
        for place in steps.places("folder")
        if has_registry or place.path != paths.REGISTRY_DATA
    ]
    folders += [(image_store.BUILDER_FOLDERS[context.host.images.store], "710", "root:root")]
    namespace = context.namespace
    deployment = f"Deployment\t{namespace}\tbinder-registry\t{registry.digest(context)}\t\t3\t3\t1\t1/1"
    return {
        "files": [
            *(_stat(file.path, file.mode, file.owner) for file in wanted),
            *(f"sum\t{file.sha256}  {file.path}" for file in wanted),
            *(_stat(file.path, file.mode) for file in installed),
            *(_stat(path, mode, owner, kind="directory") for path, mode, owner in folders),
        ],
        "stamps": [
            *(f"note\t{file.note_name}:{file.artifact.sha256} 7.1700000000.42" for file in installed),
            *(f"note\t{service.unit}:{service.digest}" for service in services),
            *([f"note\t{paths.ACME_TRIAL}:{passed.digest}"] if passed else []),
            f"note\t{paths.JOURNALD_UNIT}:{sha256_of_notes(disk_cleanup.journald(context).sha256)}",
        ],
        "units": [
            line
            for unit in steps.units()
            for line in (f"Id={unit}", "ActiveState=active", "UnitFileState=enabled", "")
        ],
        "drop_ins": [],
        "sysctls": [f"{key.replace('.', '/')}:{value}" for key, value in system.SYSCTLS.items()],
        "modules": ["overlay ", "br_netfilter", "nf_conntrack"],
        "packages": [f"{name}\tii " for name in system.PACKAGES + system.HOME_PACKAGES],
        "firewall": ["loaded"],
        "resolver": ["same"],
        "users": [paths.ENTRY_USER],
        "homes": [str(context.host.home.users)],
        "cluster": [
            f"Node\t\t{context.node_name}\t\tTrue\t\t\t\t/",
            *([deployment] if has_registry else []),
            f"Secret\t{namespace}\tsh.helm.release.v1.binder.v9\told\tsuperseded\t\t\t\t/",
            f"Secret\t{namespace}\tsh.helm.release.v1.binder.v10\t{release.digest(context)}\tdeployed\t\t\t\t/",
            "answered",
            f"image\tnoted\t{sha256_of_notes(*(image.artifact.sha256 for image in k3s.images(context)))}",
            f"was\t{basename(paths.RELEASE_OBJECTS)}\t#\tany",
            *(f"was\t{basename(file.path)}\t#\t{file.sha256}" for file in manifests),
        ],
    }


def _stat(path: str, mode: str, owner: str = "root:root", kind: str = "regular file") -> str:
    return f"stat\t{path}\t{mode}\t{owner}\t7\t1700000000\t42\t{kind}"


@pytest.fixture
def told(context: Context) -> dict[str, list[str]]:
    """The finished host's answers; tests change a line."""
    return finished(context)


@pytest.fixture
def make() -> Callable[[Path, str], Context]:
    """Contexts for other host files."""
    return make_context


@pytest.fixture
def answers() -> Callable[[Context], dict[str, list[str]]]:
    """What finished hosts tell, for other contexts."""
    return finished
