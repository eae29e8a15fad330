"""The shell that the steps send, run by a real shell against stand-ins for the tools it calls."""

import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from binder_singlenode import deploy
from binder_singlenode.deploy import (
    binaries,
    down_script,
    facts,
    kubectl,
    packages,
    paths,
    release_script,
    remains,
    services,
    survey,
)
from binder_singlenode.deploy.files import File, write_script
from binder_singlenode.versions import Artifact

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder of stand-ins, first in the PATH; each call is noted in `calls`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    path = tmp_path / "calls"
    path.touch()
    return path


@pytest.fixture
def tool(tools: Path, calls: Path) -> Callable[[str, str], None]:
    """Make a stand-in from a few lines of shell."""

    def make(name: str, body: str = "") -> None:
        path = tools / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {calls}\n{body}\n')
        path.chmod(0o755)

    return make


@pytest.fixture
def run(tools: Path, tmp_path: Path) -> Run:
    """Run a script with our absolute paths moved into the test's folder."""
    root = tmp_path / "root"
    for folder in (paths.ETC, paths.INSTALLED, paths.STAGING):
        (root / folder.lstrip("/")).mkdir(parents=True)

    def run_script(script: str, text: str = "") -> "subprocess.CompletedProcess[str]":
        """Exit code and output; never longer than half a minute."""
        for name in ("k3s", "helm"):
            script = script.replace(f"/usr/local/bin/{name}", str(tools / name))
        for prefix in (paths.ETC, paths.VAR):
            script = script.replace(prefix, f"{root}{prefix}")
        environment = {"PATH": f"{tools}:/usr/bin:/bin"}
        return subprocess.run(
            ["sh", "-c", script],
            input=text,
            capture_output=True,
            text=True,
            timeout=30,
            env=environment,
            check=False,
        )

    return run_script


def test_every_command_is_valid_shell(context, play, told) -> None:  # type: ignore[no-untyped-def]
    scripts = [
        command.partition("\n<<< stdin")[0]
        for step in deploy.steps()
        for ran in play(step, context, {}).ran
        for command in ran.commands
        if not command.startswith("upload ")
    ]
    scripts += [facts.script(facts.SECTIONS), remains._script(), down_script.stop_script()]
    scripts += [down_script.end_pods_script(), down_script.table_script()]
    scripts += [down_script.chains_script(), down_script.remove_script(down_script.removed_paths(False))]
    for script in scripts:
        done = subprocess.run(["sh", "-n", "-c", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stderr}\n{script}"


@pytest.mark.parametrize("script", [facts.script(facts.SECTIONS), remains._script()])
def test_a_survey_never_fails_even_without_any_tool(script: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0
    assert len(facts.split(done.stdout.splitlines())) == script.count(facts.SEPARATOR)


class TestClusterSurvey:
    script = facts.script(["cluster"])

    @pytest.fixture
    def objects(self, run: Run, tmp_path: Path) -> Path:
        path = tmp_path / "root" / paths.RELEASE_OBJECTS.lstrip("/")
        path.write_text("# namespace binder\nkind: Service\n")
        return path

    def told(self, run: Run) -> "survey.ClusterSeen":
        done = run(self.script)
        assert done.returncode == 0
        return survey.cluster(facts.split(done.stdout.splitlines())["cluster"])

    def test_all_is_there(self, run: Run, tool, objects: Path) -> None:  # type: ignore[no-untyped-def]
        tool("systemctl")
        tool("k3s", r"case $* in *jsonpath*) printf 'Node\t\tbinder\t\tTrue\t\t\t\t/\n' ;; esac")
        told = self.told(run)
        assert told.answered
        assert told.objects_complete
        assert told.ready_nodes == {"binder"}

    def test_an_object_is_gone(self, run: Run, tool, objects: Path) -> None:  # type: ignore[no-untyped-def]
        tool("systemctl")
        tool("k3s", "case $* in *jsonpath*) ;; *) echo 'Error from server (NotFound)' >&2; exit 1 ;; esac")
        told = self.told(run)
        assert (told.answered, told.objects_complete) == (True, False)

    def test_objects_that_name_no_namespace_are_looked_for_in_the_release_s(
        self, run: Run, tool, objects: Path, calls: Path
    ) -> None:  # type: ignore[no-untyped-def]
        tool("systemctl")
        tool("k3s")
        self.told(run)
        assert "get -n binder -f" in calls.read_text()

    def test_an_object_that_cannot_be_asked_for_is_not_gone(self, run: Run, tool, objects: Path) -> None:  # type: ignore[no-untyped-def]
        tool("sleep")
        tool("systemctl")
        tool("k3s", "case $* in *jsonpath*) ;; *) echo 'Unable to connect: timeout' >&2; exit 1 ;; esac")
        told = self.told(run)
        assert (told.answered, told.objects_complete) == (True, True)

    def test_before_the_first_release_nobody_waits(self, run: Run, tool, calls: Path) -> None:  # type: ignore[no-untyped-def]
        tool("systemctl")
        tool("k3s")
        assert not self.told(run).objects_complete
        assert calls.read_text().count("k3s ") == 1

    def test_a_slow_api_is_asked_again(self, run: Run, tool, objects: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
        tool("sleep")
        tool("systemctl")
        seen = tmp_path / "seen"
        tool("k3s", f"case $* in *jsonpath*) [ -e {seen} ] || {{ touch {seen}; exit 1; }}; echo row ;; esac")
        assert self.told(run).answered

    def test_k3s_is_down(self, run: Run, tool, calls: Path) -> None:  # type: ignore[no-untyped-def]
        tool("systemctl", "exit 3")
        tool("k3s")
        assert not self.told(run).answered
        assert "k3s" not in calls.read_text().replace("k3s.service", "")


class TestWait:
    def test_ends_when_it_is_so(self, run: Run) -> None:
        assert run(kubectl.wait_script("it is so", "true", 5, "echo never")).returncode == 0

    def test_a_limit_comes_with_a_reason(self, run: Run) -> None:
        done = run(kubectl.wait_script("the node's ready", "false", 0, "echo the disk is full"))
        assert done.returncode == 1
        assert (
            done.stderr
            == "Waited 0 s in vain until the node's ready. What the host says:\nthe disk is full\n"
        )
        assert done.stdout == ""

    def test_kubectl_waits_itself_and_is_not_started_every_second(
        self, run: Run, tool: Callable[[str, str], None], calls: Path
    ) -> None:
        tool("k3s", "exit 1")  # as while the node is not there yet
        condition = kubectl.wait_for("condition=Ready", "node/binder")
        assert run(kubectl.wait_script("it is so", condition, 1, "echo no")).returncode == 1
        one = "k3s kubectl --request-timeout=30s wait --for=condition=Ready node/binder --timeout=25s"
        assert calls.read_text().splitlines() == [one, one]


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
    script = release_script.upgrade_script("binder", "binder", "label")

    def test_it_goes_well(self, run: Run, tool, calls: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
        tool("k3s")
        tool("helm", 'case "$*" in "get manifest"*) echo "kind: Service" ;; *) echo NOTES ;; esac')
        done = run(self.script)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        objects = tmp_path / "root" / paths.RELEASE_OBJECTS.lstrip("/")
        assert objects.read_text() == "# namespace binder\nkind: Service\n"
        assert objects.stat().st_mode & 0o777 == 0o600
        order = [line.split()[0:4] for line in calls.read_text().splitlines()]
        assert [words[0] for words in order] == ["k3s", "helm", "helm"]  # heal, upgrade, remember
        assert "--labels binder-digest=label" in calls.read_text()

    def test_a_failure_is_explained_then_rolled_back(self, run: Run, tool, calls: Path) -> None:  # type: ignore[no-untyped-def]
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

    def test_without_an_earlier_revision_nothing_is_rolled_back(self, run: Run, tool, calls: Path) -> None:  # type: ignore[no-untyped-def]
        tool("k3s", KUBECTL_OF_A_SICK_RELEASE)
        tool("helm", "exit 1")
        assert run(self.script).returncode == 1
        assert "helm rollback" not in calls.read_text()

    def test_what_a_killed_run_left_is_healed_first(self, run: Run, tool, calls: Path) -> None:  # type: ignore[no-untyped-def]
        tool("k3s")
        tool("helm")
        run(self.script)
        first = calls.read_text().splitlines()[0]
        assert (
            "delete secret -n binder -l owner=helm,name=binder,status in (pending-install,pending-upgrade"
            in first
        )

    def test_a_helm_that_still_runs_is_waited_for(self, run: Run, tool, calls: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
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
        end = time.monotonic() + 10
        while "helm upgrade" not in calls.read_text() and time.monotonic() < end:
            time.sleep(0.02)
        assert calls.read_text().count("helm upgrade") == 1
        gate.touch()
        for thread in both:
            thread.join(20)
        lines = [" ".join(line.split()[:2]) for line in calls.read_text().splitlines()]
        events = [line for line in lines if line in ("helm upgrade", "end")]
        assert events == ["helm upgrade", "end", "helm upgrade", "end"]


class TestService:
    script = services._start("restart", services.Service("k3s.service", (), start_limit_s=9))

    def test_it_starts(self, run: Run, tool, calls: Path) -> None:  # type: ignore[no-untyped-def]
        tool("systemctl")
        assert run(self.script).returncode == 0
        assert calls.read_text().splitlines()[-1] == "systemctl restart k3s.service"

    def test_a_failure_comes_with_the_journal(self, run: Run, tool) -> None:  # type: ignore[no-untyped-def]
        tool("systemctl", 'case "$1" in restart) echo "Job failed." >&2; exit 3 ;; esac')
        tool("journalctl", "echo 'level=fatal: unknown key'")
        done = run(self.script)
        assert done.returncode == 3
        assert done.stderr.splitlines() == [
            "Job failed.",
            "k3s.service did not start (limit: 9 s); its last log lines:",
            "level=fatal: unknown key",
        ]


class TestPackages:
    script = packages.install_script(["conntrack"])

    def test_lists_are_fetched_only_when_installing_fails(self, run: Run, tool, calls: Path) -> None:  # type: ignore[no-untyped-def]
        tool("dpkg")
        tool("apt-get")
        assert run(self.script).returncode == 0
        assert "update" not in calls.read_text()

    def test_old_lists_are_fetched_anew(self, run: Run, tool, calls: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
        tool("dpkg")
        fresh = tmp_path / "fresh"
        tool("apt-get", f'case "$*" in *update) touch {fresh} ;; *) [ -e {fresh} ] || exit 100 ;; esac')
        assert run(self.script).returncode == 0

    def test_a_failure_keeps_apts_words(self, run: Run, tool) -> None:  # type: ignore[no-untyped-def]
        tool("dpkg")
        tool(
            "apt-get", 'case "$*" in *update) ;; *) echo "E: Unable to locate package" >&2; exit 100 ;; esac'
        )
        done = run(self.script)
        assert done.returncode == 100
        assert done.stderr == "E: Unable to locate package\n"

    def test_cloud_init_is_waited_for(self, run: Run, tool, calls: Path) -> None:  # type: ignore[no-untyped-def]
        for name in ("dpkg", "apt-get", "cloud-init"):
            tool(name)
        run(self.script)
        assert calls.read_text().splitlines()[0] == "cloud-init status --wait"


class TestFiles:
    def test_a_secret_is_never_open(self, run: Run, tool, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
        """Its mode at the moment when the content is in and the owner is being set."""
        seen = tmp_path / "mode"
        tool("chown", f'stat -c %a "$2" > {seen}')
        target = tmp_path / "root" / "etc" / "values.yaml"
        file = File(str(target), "secret\n", mode="600", secret=True)
        assert run(write_script(file), file.content).returncode == 0
        assert seen.read_text() == "600\n"
        assert target.read_text() == "secret\n"

    def test_the_old_file_stays_whole_until_the_new_one_is(self, run: Run, tool, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
        target = tmp_path / "root" / "etc" / "config"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("old\n")
        tool("chown", "exit 1")
        file = File(str(target), "new\n")
        assert run(write_script(file), file.content).returncode != 0
        assert target.read_text() == "old\n"


class TestDownload:
    def test_a_wrong_file_is_removed_and_named(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "file"
        path.write_text("x")
        done = run(binaries._verify(str(path), "0" * 64, Artifact("k3s", "v1", "0" * 64)))
        assert done.returncode == 1
        assert done.stderr.startswith(
            "k3s v1: SHA-256 is 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
        )
        assert not path.exists()

    def test_only_https_is_followed(self, run: Run, tool, calls: Path) -> None:  # type: ignore[no-untyped-def]
        tool("curl")
        run(binaries._download(Artifact("k3s", "v1", "0", url="https://example.org/k3s"), "there"))
        assert "--proto =https" in calls.read_text()


class TestDown:
    def test_what_is_mounted_is_listed_innermost_first(self) -> None:
        script = down_script.mounted().replace("/proc/self/mounts", "/dev/stdin")
        lines = [
            "/",
            "/run/k3s/a",
            "/run/k3s/a/b",
            "/var/lib/kubelet/pods/x",
            "/run/k3sother",
            "/home",
            "/run/netns/cni-1",
        ]
        text = "".join(f"dev {line} type opts 0 0\n" for line in lines)
        done = subprocess.run(["sh", "-c", script], input=text, capture_output=True, text=True, check=True)
        assert done.stdout.split() == [
            "/var/lib/kubelet/pods/x",
            "/run/netns/cni-1",
            "/run/k3s/a/b",
            "/run/k3s/a",
        ]

    def test_foreign_iptables_rules_survive(self, run: Run, tool, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
        kept = tmp_path / "kept"
        tool(
            "iptables-save",
            "printf '%s\\n' '*nat' ':KUBE-SERVICES -' '-A KUBE-SVC x' '-A INPUT -s 1.2.3.4' COMMIT",
        )
        tool("iptables-restore", f"cat > {kept}")
        tool("ip6tables-save", "echo COMMIT")
        tool("ip6tables-restore", "cat >/dev/null")
        assert run(down_script.chains_script()).returncode == 0
        assert kept.read_text().splitlines() == ["*nat", "-A INPUT -s 1.2.3.4", "COMMIT"]
