"""On a real Debian root: applied twice, the second run changes nothing; a run that was cut off is healed."""

import contextlib
import hashlib
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api.config import Config
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.connectors.chroot import ChrootConnector
from pyinfra.context import ctx_host, ctx_state

from binder_singlenode import config
from binder_singlenode.deploy import steps
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations import images, manifests
from binder_singlenode.deploy.removal import inventory
from binder_singlenode.errors import StepError
from binder_singlenode.layout import paths
from binder_singlenode.provision.connector import Execution
from binder_singlenode.provision.events import Plan, Result
from binder_singlenode.provision.run import Recipe
from binder_singlenode.releases.versions import Artifact, Release, default_settings
from binder_singlenode.sizing import size
from binder_singlenode.ssh.session import Session

pytestmark = pytest.mark.chroot
_NO_USER = f"if id {paths.ENTRY_USER} 2>/dev/null; then userdel {paths.ENTRY_USER}; fi"
SECRET = "token: kJ8-not-for-anybody\n"
HOST_FILE = """address: 192.0.2.7
maintenance: A new disk.
mode: persistent
home: {size: 1Gi, users: 2}
sign_in: {provider: github, client_id: a, client_secret: env:A, allowed: {users: [alice]}}
"""


@pytest.fixture
def context(tmp_path: Path) -> Context:
    host = config.loads(HOST_FILE, "host.yaml")
    machine = size.Machine(16 * 1024**3, 4, 200 * 10**9)
    names = ("k3s", "helm", "caddy", "binderhub.tgz", "images.tar")
    made = [_artifact(tmp_path, name) for name in names]
    bundle = Release("amd64", *made[:4], images=(made[4],), settings=default_settings())
    return Context(host, size.size(machine, host), bundle, SECRET)


def _artifact(folder: Path, name: str) -> Artifact:
    path = folder / name
    path.write_bytes(name.encode() * 1000)
    return Artifact(name, "1", hashlib.sha256(path.read_bytes()).hexdigest(), path=path)


BEYOND_A_CHROOT = {
    "ensure_service": "needs systemd",
    "ensure_guarded_service": "needs systemd",
    "ensure_journal": "needs systemd",
    "ensure_modules": "the kernel is this computer's",
    "ensure_sysctls": "the kernel is this computer's",
    "ensure_node_ready": "needs Kubernetes",
    "ensure_rollout": "needs Kubernetes",
    "ensure_applied": "needs Kubernetes",
    "ensure_imported": "needs containerd",
    "ensure_release": "needs Kubernetes",
}
"""The operations that are left out of the steps, and why; every other one of every step is carried out."""
NOTHING_TO_DO = {
    "store": "no host of these tests ever had the other image store",
    "trust": "no host of these tests has trusted_roots",
}
"""The steps that change nothing here, and why."""


@pytest.fixture(autouse=True)
def left_out(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Take these operations out of the steps; the names of those that were found there."""
    found = set()
    modules = [*(step.module for step in steps.in_order()), manifests.__name__, images.__name__]
    for module in map(sys.modules.__getitem__, modules):
        for name in BEYOND_A_CHROOT:
            if hasattr(module, name):
                monkeypatch.setattr(module, name, lambda **_: None)
                found.add(name)
    return found


class Chroot:
    """One root, and the two things that are done to it."""

    def __init__(self, root: Path, context: Context) -> None:
        self.root = root
        self.context = context

    def recipe(self) -> Recipe:
        make: Any = Inventory
        inventory = make(([(f"@chroot/{self.root}", {})], {}))
        state = State(inventory, Config(FAIL_PERCENT=0))  # type: ignore[no-untyped-call]
        recipe = Recipe(Execution(Session(self.context.host)), state, "up")
        recipe.prepare([(step, (self.context,)) for step in steps.in_order()])
        return recipe

    def plan(self) -> Plan:
        return self.recipe().plan()

    def apply(self) -> Result:
        recipe = self.recipe()
        recipe.plan()
        return recipe.apply(lambda event: None)

    def path(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def run(self, command: str) -> str:
        done = subprocess.run(
            ["chroot", str(self.root), "sh", "-c", command],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout


@pytest.fixture
def chroot(debian: Path, context: Context) -> Iterator[Chroot]:
    found = Chroot(debian, context)
    found.run(f"rm -rf {' '.join(inventory.removed_paths(keep_data=False))} /tmp/x; {_NO_USER}")
    yield found
    ctx_host.reset()
    ctx_state.reset()


def test_what_is_left_out_exists(left_out: set[str]) -> None:
    assert left_out == set(BEYOND_A_CHROOT)


def test_the_second_run_changes_nothing(chroot: Chroot) -> None:
    first = chroot.apply()
    covered = {change.partition(": ")[0] for change in first.changes}
    assert sorted([*covered, *NOTHING_TO_DO]) == sorted(step.name for step in steps.in_order())
    assert chroot.plan().changes == []
    assert chroot.apply().changes == ()
    left = chroot.run(f"find /etc /var/lib /usr/local -name '*.binder-new'; ls -A {paths.STAGING}")
    assert left == ""
    notes = chroot.run(f"ls {paths.INSTALLED}").split()
    installed = ["binder-images.tar", "caddy", "chart.tgz", "helm", "k3s"]
    assert notes == sorted([*installed, *(f"{name}.version" for name in installed)])


def test_the_plan_shows_texts_but_no_secret(chroot: Chroot) -> None:
    text = "\n".join(operation.diff or "" for operation in chroot.plan().operations)
    assert "+fs.inotify.max_user_instances = 8192" in text
    assert "kJ8" not in text
    chroot.apply()
    chroot.path(paths.SYSCTL).write_text("net.ipv4.ip_forward = 0\n")
    chroot.path(paths.VALUES).write_text("token: kJ8-an-older-one\n")
    diffs = {change.name: change.diff or "" for change in chroot.plan().changes}
    assert "-net.ipv4.ip_forward = 0" in diffs[f"Write {paths.SYSCTL}"]
    assert "kJ8" not in diffs[f"Write {paths.VALUES}"]
    assert chroot.path(paths.SYSCTL).read_text() == "net.ipv4.ip_forward = 0\n"  # a plan touches nothing


def test_secrets_are_private(chroot: Chroot) -> None:
    chroot.apply()
    assert chroot.path(paths.VALUES).read_text() == SECRET
    modes = chroot.run(f"stat -c '%a %U' {paths.VALUES} {paths.ETC} {paths.STAGING} {paths.K3S_CONFIG}")
    assert modes.split("\n")[:4] == ["600 root", "700 root", "700 root", "600 root"]


def test_every_deviation_is_mended(chroot: Chroot) -> None:
    chroot.apply()
    chroot.path(paths.MODULES).write_text("another text\n")
    chroot.path(paths.VALUES).chmod(0o644)
    chroot.path(paths.ETC).chmod(0o755)
    chroot.path(paths.CADDY).unlink()
    chroot.path(paths.HELM).write_bytes(b"x" * len("helm") * 1000)
    chroot.run(
        f"chown 7:7 {paths.K3S_CONFIG}; mv {paths.SYSCTL} /tmp/x; ln -s /tmp/x {paths.SYSCTL};"
        f" userdel {paths.ENTRY_USER}"
    )
    expected = [
        f"Make {paths.ETC}",
        f"Write {paths.MODULES}",
        f"Write {paths.SYSCTL}",
        f"Write {paths.K3S_CONFIG}",
        "Install helm 1",
        f"Write {paths.VALUES}",
        f"Make the system user {paths.ENTRY_USER}",
        f"Make {paths.LOG}",
        "Install Caddy 1",
    ]
    assert [change.name for change in chroot.plan().changes] == expected
    assert [change.partition(": ")[2] for change in chroot.apply().changes] == expected
    assert chroot.plan().changes == []
    assert chroot.path("/tmp/x").exists(), "what the link led to is somebody else's"


def test_a_folder_behind_a_link_is_no_change_at_each_run(chroot: Chroot) -> None:
    chroot.run(f"mkdir -p /srv/data && ln -s ../../srv/data {paths.VAR}")
    chroot.apply()
    assert chroot.plan().changes == []
    assert chroot.path(paths.VAR).is_symlink(), "the link is the operator's"
    chroot.run("rm -r /srv/data")


class Killed(Exception):
    """The run ends here, as if its process had been killed."""


def test_a_run_killed_at_any_command_is_healed(chroot: Chroot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chart and the values: every command of two kinds of operation, cut off before it and within it."""
    original = ChrootConnector.run_shell_command
    budget = {"left": 0}

    def limited(self: Any, command: Any, **arguments: Any) -> Any:
        if budget["left"] <= 0:
            raise Killed
        budget["left"] -= 1
        return original(self, command, **arguments)

    chroot.apply()
    for commands in range(9):
        chroot.run(
            f"rm -f {paths.CHART} {paths.VALUES} {paths.stamp_path('chart.tgz')}; rm -rf {paths.STAGING}/*"
        )
        with monkeypatch.context() as patch:
            patch.setattr(ChrootConnector, "run_shell_command", limited)
            budget["left"] = commands
            with contextlib.suppress(Killed, StepError):
                chroot.apply()
        assert len(chroot.apply().changes) <= 3, commands
        assert chroot.path(paths.CHART).read_bytes() == b"binderhub.tgz" * 1000
        assert chroot.path(paths.VALUES).read_text() == SECRET
        assert chroot.plan().changes == []


def test_a_damaged_upload_is_refused_and_never_installed(
    chroot: Chroot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(self: Any, source: Any, destination: str, *_: Any, **__: Any) -> bool:
        Path(f"{chroot.root}{destination}").write_bytes(b"not what was sent")
        return True

    monkeypatch.setattr(ChrootConnector, "put_file", damaged)
    with pytest.raises(StepError):
        chroot.apply()
    assert not chroot.path(paths.K3S).exists()
    assert chroot.run(f"ls {shlex.quote(paths.STAGING)}") == ""
