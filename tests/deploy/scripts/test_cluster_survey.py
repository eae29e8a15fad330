"""What the cluster is asked, and what is made of slow, broken and missing answers."""

from pathlib import Path

import pytest

from binder_singlenode.base import sections
from binder_singlenode.deploy.facts import parse
from binder_singlenode.deploy.facts import survey as facts_survey
from binder_singlenode.layout import paths

from .conftest import Run, Tool

OBJECT = 'Service\tbinder\tbinder\t\t\t{"a":1}\t'
KUBECTL = r"""
case $* in
*managedFields*) ;;
*nodes*) printf 'Node\t\tbinder\t\tTrue\t\t\t\t/\n' ;;
*) {objects} ;;
esac
"""


class TestClusterSurvey:
    script = facts_survey.script(["cluster"])

    @pytest.fixture
    def objects(self, run: Run, tmp_path: Path) -> Path:
        root = tmp_path / "root"
        path = root / paths.RELEASE_OBJECTS.lstrip("/")
        path.write_text("# namespace binder\nkind: Service\n")
        record = root / paths.APPLIED.lstrip("/") / path.name
        record.parent.mkdir(parents=True)
        record.write_text(f"#\tdigest\n{OBJECT}\n")
        return path

    def told(self, run: Run) -> "parse.ClusterSeen":
        done = run(self.script)
        assert done.returncode == 0
        return parse.cluster(sections.split(done.stdout.splitlines())["cluster"])

    def test_all_is_there(self, run: Run, tool: Tool, objects: Path) -> None:
        tool("systemctl")
        tool("k3s", KUBECTL.format(objects=f"printf '%s\\n' '{OBJECT}'"))
        told = self.told(run)
        assert told.answered
        assert (told.applied, told.edited) == ({"release-objects.yaml": "digest"}, ())
        assert told.ready_nodes == {"binder"}

    def test_an_object_is_gone(self, run: Run, tool: Tool, objects: Path) -> None:
        tool("systemctl")
        tool("k3s", KUBECTL.format(objects=":"))
        told = self.told(run)
        assert told.answered
        assert [str(each) for each in told.edited] == ["Service binder is gone"]

    def test_an_unchanged_cluster_costs_two_queries(
        self, run: Run, tool: Tool, objects: Path, calls: Path
    ) -> None:
        tool("systemctl")
        tool("k3s", KUBECTL.format(objects=f"printf '%s\\n' '{OBJECT}'"))
        self.told(run)
        assert calls.read_text().count("k3s ") == 2

    def test_objects_that_name_no_namespace_are_looked_for_in_the_release_s(
        self, run: Run, tool: Tool, objects: Path, calls: Path
    ) -> None:
        tool("systemctl")
        tool("k3s")
        self.told(run)
        assert "get -n binder --ignore-not-found -f" in calls.read_text()

    def test_an_object_that_cannot_be_asked_for_is_not_gone(
        self, run: Run, tool: Tool, objects: Path
    ) -> None:
        tool("sleep")
        tool("systemctl")
        tool("k3s", KUBECTL.format(objects="echo 'Unable to connect: timeout' >&2; exit 1"))
        told = self.told(run)
        assert (told.answered, told.edited) == (True, ())
        assert told.applied

    def test_before_the_first_release_nobody_waits(self, run: Run, tool: Tool, calls: Path) -> None:
        tool("systemctl")
        tool("k3s")
        assert not self.told(run).applied
        assert calls.read_text().count("k3s ") == 1

    def test_a_slow_api_is_asked_again(self, run: Run, tool: Tool, objects: Path, tmp_path: Path) -> None:
        tool("sleep")
        tool("systemctl")
        seen = tmp_path / "seen"
        tool("k3s", f"case $* in *nodes*) [ -e {seen} ] || {{ touch {seen}; exit 1; }}; echo row ;; esac")
        assert self.told(run).answered

    def test_k3s_is_down(self, run: Run, tool: Tool, calls: Path) -> None:
        tool("systemctl", "exit 3")
        tool("k3s")
        assert not self.told(run).answered
        assert "k3s" not in calls.read_text().replace("k3s.service", "")
