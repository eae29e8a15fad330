"""Waiting for the cluster, and for a service to start."""

from pathlib import Path

from binder_singlenode.cluster import kubectl
from binder_singlenode.deploy.operations import services

from .conftest import Run, Tool


class TestWait:
    def test_ends_when_it_is_so(self, run: Run) -> None:
        assert run(kubectl.wait_script("it is so", "true", 5, "echo never")).returncode == 0

    def test_a_limit_comes_with_a_reason(self, run: Run) -> None:
        done = run(kubectl.wait_script("the node's ready", "false", 0, "echo the disk is full"))
        assert done.returncode == 1
        assert (
            done.stderr
            == "Timed out after 0 s waiting until the node's ready. The host reports:\nthe disk is full\n"
        )
        assert done.stdout == ""

    def test_kubectl_waits_itself_and_is_not_started_every_second(
        self, run: Run, tool: Tool, calls: Path
    ) -> None:
        tool("k3s", "exit 1")  # as while the node is not there yet
        condition = kubectl.wait_for("condition=Ready", "node/binder")
        assert run(kubectl.wait_script("it is so", condition, 1, "echo no")).returncode == 1
        one = "k3s kubectl --request-timeout=30s wait --for=condition=Ready node/binder --timeout=25s"
        assert calls.read_text().splitlines() == [one, one]


class TestService:
    script = services.start("restart", services.Service("k3s.service", (), start_limit_s=9))

    def test_it_starts(self, run: Run, tool: Tool, calls: Path) -> None:
        tool("systemctl")
        assert run(self.script).returncode == 0
        assert calls.read_text().splitlines()[-1] == "systemctl restart k3s.service"

    def test_a_failure_comes_with_the_journal(self, run: Run, tool: Tool) -> None:
        tool("systemctl", 'case "$1" in restart) echo "Job failed." >&2; exit 3 ;; esac')
        tool("journalctl", "echo 'level=fatal: unknown key'")
        done = run(self.script)
        assert done.returncode == 3
        assert done.stderr.splitlines() == [
            "Job failed.",
            "k3s.service did not start (limit: 9 s); its last log lines:",
            "level=fatal: unknown key",
        ]
