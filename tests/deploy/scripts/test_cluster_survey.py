"""What the cluster is asked, and what is made of slow, broken and missing answers."""

from pathlib import Path

import pytest

from binder_singlenode.base import sections
from binder_singlenode.deploy.facts import parse
from binder_singlenode.deploy.facts import survey as facts_survey
from binder_singlenode.layout import paths

from .conftest import Run, Tool


class TestClusterSurvey:
    script = facts_survey.script(["cluster"])

    @pytest.fixture
    def objects(self, run: Run, tmp_path: Path) -> Path:
        path = tmp_path / "root" / paths.RELEASE_OBJECTS.lstrip("/")
        path.write_text("# namespace binder\nkind: Service\n")
        return path

    def told(self, run: Run) -> "parse.ClusterSeen":
        done = run(self.script)
        assert done.returncode == 0
        return parse.cluster(sections.split(done.stdout.splitlines())["cluster"])

    def test_all_is_there(self, run: Run, tool: Tool, objects: Path) -> None:
        tool("systemctl")
        tool("k3s", r"case $* in *jsonpath*) printf 'Node\t\tbinder\t\tTrue\t\t\t\t/\n' ;; esac")
        told = self.told(run)
        assert told.answered
        assert told.objects_complete
        assert told.ready_nodes == {"binder"}

    def test_an_object_is_gone(self, run: Run, tool: Tool, objects: Path) -> None:
        tool("systemctl")
        tool("k3s", "case $* in *jsonpath*) ;; *) echo 'Error from server (NotFound)' >&2; exit 1 ;; esac")
        told = self.told(run)
        assert (told.answered, told.objects_complete) == (True, False)

    def test_objects_that_name_no_namespace_are_looked_for_in_the_release_s(
        self, run: Run, tool: Tool, objects: Path, calls: Path
    ) -> None:
        tool("systemctl")
        tool("k3s")
        self.told(run)
        assert "get -n binder -f" in calls.read_text()

    def test_an_object_that_cannot_be_asked_for_is_not_gone(
        self, run: Run, tool: Tool, objects: Path
    ) -> None:
        tool("sleep")
        tool("systemctl")
        tool("k3s", "case $* in *jsonpath*) ;; *) echo 'Unable to connect: timeout' >&2; exit 1 ;; esac")
        told = self.told(run)
        assert (told.answered, told.objects_complete) == (True, True)

    def test_before_the_first_release_nobody_waits(self, run: Run, tool: Tool, calls: Path) -> None:
        tool("systemctl")
        tool("k3s")
        assert not self.told(run).objects_complete
        assert calls.read_text().count("k3s ") == 1

    def test_a_slow_api_is_asked_again(self, run: Run, tool: Tool, objects: Path, tmp_path: Path) -> None:
        tool("sleep")
        tool("systemctl")
        seen = tmp_path / "seen"
        tool("k3s", f"case $* in *jsonpath*) [ -e {seen} ] || {{ touch {seen}; exit 1; }}; echo row ;; esac")
        assert self.told(run).answered

    def test_k3s_is_down(self, run: Run, tool: Tool, calls: Path) -> None:
        tool("systemctl", "exit 3")
        tool("k3s")
        assert not self.told(run).answered
        assert "k3s" not in calls.read_text().replace("k3s.service", "")
