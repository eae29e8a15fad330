"""The release: upgraded, healed, explained and rolled back."""

import threading
import time
from pathlib import Path

from binder_singlenode.deploy.operations import helm_upgrade
from binder_singlenode.layout import paths

from .conftest import Run, Tool

KUBECTL_OF_A_SICK_RELEASE = """
case "$*" in
*"get pods"*--no-headers*)
    echo 'hub-1 0/1 CrashLoopBackOff 3 1m'
    echo 'binder-1 1/1 Running 0 1m'
    echo 'job 0/1 Completed 0 1m' ;;
*"get pods"*hub-1*) echo 'hub-1   Running   CrashLoopBackOff' ;;
*logs*) echo 'KeyError: no such trait' ;;
*"get events"*) echo 'binder hub-1 BackOff restarting failed container' ;;
*status=deployed*) printf %s "$LAST" ;;
esac
"""


class TestRelease:
    script = helm_upgrade.upgrade_script("binder", "binder", "label")

    def test_it_goes_well(self, run: Run, tool: Tool, calls: Path, tmp_path: Path) -> None:
        tool("k3s")
        tool("helm", 'case "$*" in "get manifest"*) echo "kind: Service" ;; *) echo NOTES ;; esac')
        done = run(self.script)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        objects = tmp_path / "root" / paths.RELEASE_OBJECTS.lstrip("/")
        assert objects.read_text() == "# namespace binder\nkind: Service\n"
        assert objects.stat().st_mode & 0o777 == 0o600
        programs = [line.split()[0] for line in calls.read_text().splitlines()]
        order = [name for name in programs if name in ("k3s", "helm")]
        assert order == ["k3s", "helm", "helm", "k3s"]  # heal, upgrade, remember and record
        assert "--labels binder-digest=label" in calls.read_text()

    def test_a_failure_is_explained_then_rolled_back(self, run: Run, tool: Tool, calls: Path) -> None:
        tool("k3s", KUBECTL_OF_A_SICK_RELEASE.replace('"$LAST"', "4"))
        tool("helm", 'case "$*" in upgrade*) echo "Error: context deadline exceeded" >&2; exit 1 ;; esac')
        done = run(self.script)
        assert done.returncode == 1
        said = done.stderr.splitlines()
        assert said[0] == "Error: context deadline exceeded"
        assert "hub-1   Running   CrashLoopBackOff" in said
        assert "Last log lines of hub-1:" in said
        assert "KeyError: no such trait" in said
        assert "binder hub-1 BackOff restarting failed container" in said
        assert "binder-1" not in done.stderr, "a pod that is ready is no trouble"
        assert said[-1] == "Rolling back to revision 4."
        text = calls.read_text()
        assert text.index("get events") < text.index("helm rollback binder 4 -n binder")
        assert "get manifest" not in text

    def test_without_an_earlier_revision_nothing_is_rolled_back(
        self, run: Run, tool: Tool, calls: Path
    ) -> None:
        tool("k3s", KUBECTL_OF_A_SICK_RELEASE)
        tool("helm", "exit 1")
        assert run(self.script).returncode == 1
        assert "helm rollback" not in calls.read_text()

    def test_what_a_killed_run_left_is_healed_first(self, run: Run, tool: Tool, calls: Path) -> None:
        tool("k3s")
        tool("helm")
        run(self.script)
        first = calls.read_text().splitlines()[0]
        assert (
            "delete secret -n binder -l owner=helm,name=binder,status in (pending-install,pending-upgrade"
            in first
        )

    def test_a_helm_that_still_runs_is_waited_for(
        self, run: Run, tool: Tool, calls: Path, tmp_path: Path
    ) -> None:
        """The first run's connection broke, its helm goes on; the second must not race it."""
        gate = tmp_path / "gate"
        tool("k3s")
        tool(
            "helm",
            f'case "$*" in upgrade*) until [ -e {gate} ]; do sleep 0.05; done; echo end >> {calls} ;; esac',
        )
        both = [threading.Thread(target=run, args=(self.script,)) for _ in range(2)]
        for thread in both:
            thread.start()
        end = time.monotonic() + 25
        while "helm upgrade" not in calls.read_text() and time.monotonic() < end:
            time.sleep(0.02)
        assert calls.read_text().count("helm upgrade") == 1
        gate.touch()
        for thread in both:
            thread.join(20)
        lines = [" ".join(line.split()[:2]) for line in calls.read_text().splitlines()]
        events = [line for line in lines if line in ("helm upgrade", "end")]
        assert events == ["helm upgrade", "end", "helm upgrade", "end"]
