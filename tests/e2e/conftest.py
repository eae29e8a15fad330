"""One VM for all end-to-end tests: booted once, provisioned once, destroyed at the end."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

UP_TIMEOUT_S = 2400
LAUNCH_TIMEOUT_S = 900
SESSIONS = "component=singleuser-server"


@dataclass(frozen=True)
class Tool:
    """The command line, with state folders of its own and its talk on the test's output as it comes."""

    environment: dict[str, str]

    def __call__(
        self, *arguments: str, timeout_s: float = 300, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        print(f"\n$ binder-singlenode {' '.join(arguments)}", file=sys.__stderr__, flush=True)
        done = subprocess.run(
            [sys.executable, "-m", "binder_singlenode", *arguments],
            stdout=subprocess.PIPE,
            stderr=sys.__stderr__,
            text=True,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
            env=self.environment,
            check=False,
        )
        if check and done.returncode != 0:
            pytest.fail(
                f"binder-singlenode {' '.join(arguments)} ended with {done.returncode}: {done.stdout[-2000:]}"
            )
        return done

    def json(self, *arguments: str, timeout_s: float = 300, check: bool = True) -> Any:
        """The same with --json, parsed."""
        return json.loads(self(*arguments, "--json", timeout_s=timeout_s, check=check).stdout)

    def ssh(self, command: str, timeout_s: float = 120) -> str:
        """What a shell command on the VM prints; fails when it fails."""
        return self("vm", "ssh", "e2e", "--", command, timeout_s=timeout_s).stdout

    def send(self, source: Path, target: str, timeout_s: float = 300) -> None:
        """A file of this computer into the VM (emulated ones take 5 MB a second); others cannot read it."""
        command = ["vm", "ssh", "e2e", "--", f"umask 077; cat > {target}"]
        with source.open("rb") as content:
            subprocess.run(
                [sys.executable, "-m", "binder_singlenode", *command],
                stdin=content,
                timeout=timeout_s,
                env=self.environment,
                check=True,
            )


@dataclass(frozen=True)
class Origin:
    """Where a VM gets its software from, and a repository that it can reach."""

    vm_options: tuple[str, ...]
    up_options: tuple[str, ...]
    repository: str


@pytest.fixture(scope="session")
def origin(request: pytest.FixtureRequest) -> Origin:
    """`--k3s release` takes the real releases from the internet, else the test bed's bundle feeds the VM."""
    if request.config.getoption("--k3s") == "release":
        return Origin((), (), "https://github.com/binder-examples/requirements")
    bundle = os.environ.get("BINDER_TESTBED_BUNDLE")
    if not bundle:
        pytest.skip("BINDER_TESTBED_BUNDLE names no bundle: run ./dev test")
    return Origin(("--restrict",), ("--bundle", bundle), "http://gitserver.binder:8080/in-binder-folder")


@pytest.fixture(scope="session")
def tool() -> Iterator[Tool]:
    """State folders with short paths (a unix socket's holds 107 bytes at most).

    BINDER_E2E_HOME names folders to keep, and with them the VM: for working on these tests.
    """
    kept = os.environ.get("BINDER_E2E_HOME")
    home = Path(kept or tempfile.mkdtemp(prefix="bs-", dir=tempfile.gettempdir()))
    environment = {
        **os.environ,
        "XDG_STATE_HOME": str(home / "s"),
        "XDG_CONFIG_HOME": str(home / "c"),
        "COLUMNS": "110",
    }
    yield Tool(environment)
    if not kept:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def vm(tool: Tool, origin: Origin) -> Iterator[dict[str, Any]]:
    """A bare VM; fed from a bundle, its packets stay inside (restrict=on)."""
    yield tool.json("vm", "create", "e2e", "--memory", "6G", *origin.vm_options, timeout_s=1800)
    if "BINDER_E2E_HOME" not in os.environ:
        tool("vm", "destroy", "e2e", "--yes")


@pytest.fixture(scope="session")
def provisioned(tool: Tool, vm: dict[str, Any], origin: Origin) -> dict[str, Any]:
    """`up` on the bare VM, killed once on its way and run again."""
    if "BINDER_E2E_HOME" not in os.environ:  # a VM that is kept was provisioned before
        _killed_up(tool, origin)
    result: dict[str, Any] = tool.json("up", "e2e", "--yes", *origin.up_options, timeout_s=UP_TIMEOUT_S)
    return result


def _killed_up(tool: Tool, origin: Origin) -> None:
    """Start `up`, and kill it without warning once it brings the first large file."""
    words = ["up", "e2e", "--yes", "--verbose", *origin.up_options]
    up = subprocess.Popen(
        [sys.executable, "-m", "binder_singlenode", *words],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=tool.environment,
    )
    assert up.stderr is not None
    for line in up.stderr:
        print(line, end="", file=sys.__stderr__)
        if "staging/k3s" in line:
            break
    up.kill()
    up.wait(timeout=30)


@pytest.fixture(scope="session")
def first_launch(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield tool.json("launch", "e2e", origin.repository, timeout_s=LAUNCH_TIMEOUT_S)


def eventually(what: str, holds: Any, limit_s: float = 300) -> None:
    """Wait for a condition; fail with its name."""
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, f"not within {limit_s:.0f} s: {what}"
        time.sleep(2)


def own_copy(tool: Tool, folder: Path) -> Path:
    """The VM's host file (with its lock file) in another folder, to be changed: this one keeps its `url`."""
    for kept in Path(tool.environment["XDG_STATE_HOME"]).glob("binder-singlenode/hosts/e2e*.yaml"):
        shutil.copy(kept, folder)
    return folder / "e2e.yaml"


def pods(tool: Tool, selector: str) -> list[dict[str, Any]]:
    """The pods with these labels, as Kubernetes tells them."""
    text = tool.ssh(f"k3s kubectl get pods -A -l {selector} -o json")
    found: list[dict[str, Any]] = json.loads(text)["items"]
    return found


def no_sessions(tool: Tool) -> None:
    """See the last one's pod go: a small machine has room for one of a repository."""
    eventually("all sessions are gone", lambda: not pods(tool, SESSIONS))


def end(tool: Tool, session: dict[str, Any]) -> None:
    """Stop a launched session and see its pod go."""
    httpx.post(session["url"] + "api/shutdown", params={"token": session["token"]}, timeout=60)
    no_sessions(tool)


def environment(pod: dict[str, Any]) -> dict[str, Any]:
    """What the pod's one container finds in its environment."""
    (container,) = pod["spec"]["containers"]
    return {each["name"]: each.get("value") for each in container["env"]}
