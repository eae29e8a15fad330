"""What the end-to-end tests drive the VM with: the command line, and questions to the cluster."""

import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from binder_singlenode.layout import paths

UP_TIMEOUT_S = 2400
VM_TIMEOUT_S = 3600
"""The first one of a computer builds a kernel and an image before it boots."""
LAUNCH_TIMEOUT_S = 900
SESSIONS = "component=singleuser-server"
FILLER = f"{paths.VAR}/filler"


PROVISIONED = "provisioned"
"""The disk of the VM after its first `up`."""


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

    internet: bool
    """Whether the VM may reach other machines: not where a bundle feeds it."""
    up_options: tuple[str, ...]
    repository: str

    @property
    def vm_options(self) -> tuple[str, ...]:
        return ("--internet",) if self.internet else ()


def emulated(vm: dict[str, Any]) -> bool:
    """Whether the VM's CPU is: ten times slower than user-mode Linux or KVM."""
    return "emulated" in str(vm["how"])


def begin_again(tool: Tool, vm: dict[str, Any]) -> None:
    """Go back to the provisioned disk and wait until BinderHub answers; not where a boot takes minutes."""
    if emulated(vm):
        return
    tool("vm", "reset", "e2e", PROVISIONED, "--yes", timeout_s=600)
    healthy(vm["http_port"])


def healthy(port: int, limit_s: float = 600) -> None:
    """Wait until BinderHub says that it and all that it needs is well."""

    def well() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health", timeout=30).status_code == 200
        except httpx.HTTPError:
            return False

    eventually("/health is 200", well, limit_s)


def eventually(what: str, holds: Any, limit_s: float = 300) -> None:
    """Wait for a condition; fail with its name."""
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, f"not within {limit_s:.0f} s: {what}"
        time.sleep(2)


def reboot(tool: Tool) -> None:
    """Boot the VM anew, and wait until ssh answers again."""
    boot_id = ("vm", "ssh", "e2e", "--", "cat /proc/sys/kernel/random/boot_id")
    before = tool(*boot_id).stdout
    tool("vm", "ssh", "e2e", "--", "systemctl reboot", check=False)

    def rebooted() -> bool:
        told = tool(*boot_id, check=False)
        return told.returncode == 0 and told.stdout != before

    eventually("the VM has booted anew", rebooted, 600)


def fill_disk(tool: Tool, free_percent: int) -> None:
    """Leave that much of it free. fallocate takes the blocks without writing them: the VM's image does not
    grow on the computer that runs it."""
    empty_disk(tool)
    tool.ssh(
        f"set -- $(df -PB1 {paths.VAR} | awk 'NR == 2 {{ print $2, $4 }}');"
        f" fallocate -l $(($2 - $1 / 100 * {free_percent})) {FILLER}"
    )


def empty_disk(tool: Tool) -> None:
    """There is room again."""
    tool.ssh(f"rm -f {FILLER}")


def up(tool: Tool, origin: Origin, *options: str, host: str = "e2e") -> dict[str, Any]:
    """What an `up` tells; unless it is told otherwise, with the host file that the VM began with."""
    words = ("up", host, "--yes", *options, *origin.up_options)
    result: dict[str, Any] = tool.json(*words, timeout_s=UP_TIMEOUT_S)
    return result


def steps_of(result: dict[str, Any]) -> set[str]:
    """The steps that changed something."""
    return {change.partition(":")[0] for change in result["changes"]}


def launch(tool: Tool, repository: str, host: str = "e2e") -> dict[str, Any]:
    """What a launch tells of its session."""
    session: dict[str, Any] = tool.json("launch", host, repository, timeout_s=LAUNCH_TIMEOUT_S)
    return session


def refused(tool: Tool, repository: str) -> str:
    """What a launch that must fail says."""
    done = subprocess.run(
        [sys.executable, "-m", "binder_singlenode", "launch", "e2e", repository],
        capture_output=True,
        text=True,
        timeout=LAUNCH_TIMEOUT_S,
        stdin=subprocess.DEVNULL,
        env=tool.environment,
        check=False,
    )
    assert done.returncode == 1, f"the launch did not fail: {done.stdout} {done.stderr}"
    return done.stderr


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
