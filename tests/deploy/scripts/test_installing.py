"""Packages, files and downloads."""

from pathlib import Path

from binder_singlenode.deploy.operations import binaries
from binder_singlenode.deploy.operations.files import File, write_script
from binder_singlenode.deploy.steps import packages
from binder_singlenode.releases.versions import Artifact

from .conftest import Run, Tool


class TestPackages:
    script = packages.install_script(["conntrack"])

    def test_lists_are_fetched_only_when_installing_fails(self, run: Run, tool: Tool, calls: Path) -> None:
        tool("dpkg")
        tool("apt-get")
        assert run(self.script).returncode == 0
        assert "update" not in calls.read_text()

    def test_old_lists_are_fetched_anew(self, run: Run, tool: Tool, calls: Path, tmp_path: Path) -> None:
        tool("dpkg")
        fresh = tmp_path / "fresh"
        tool("apt-get", f'case "$*" in *update) touch {fresh} ;; *) [ -e {fresh} ] || exit 100 ;; esac')
        assert run(self.script).returncode == 0

    def test_a_failure_keeps_apts_words(self, run: Run, tool: Tool) -> None:
        tool("dpkg")
        tool("dpkg-query", "exit 1")
        tool(
            "apt-get", 'case "$*" in *update) ;; *) echo "E: Unable to locate package" >&2; exit 100 ;; esac'
        )
        done = run(self.script)
        assert done.returncode == 100
        assert done.stderr.splitlines()[0] == "E: Unable to locate package"
        assert done.stderr.splitlines()[1].startswith("do: add the distribution's own mirror")

    def test_cloud_init_is_waited_for(self, run: Run, tool: Tool, calls: Path) -> None:
        for name in ("dpkg", "apt-get", "cloud-init"):
            tool(name)
        run(self.script)
        assert calls.read_text().splitlines()[0] == "cloud-init status --wait"


class TestFiles:
    def test_a_secret_is_never_open(self, run: Run, tool: Tool, tmp_path: Path) -> None:
        """Its mode at the moment when the content is in and the owner is being set."""
        seen = tmp_path / "mode"
        tool("chown", f'stat -c %a "$2" > {seen}')
        target = tmp_path / "root" / "etc" / "values.yaml"
        file = File(str(target), "secret\n", mode="600", secret=True)
        assert run(write_script(file), file.content).returncode == 0
        assert seen.read_text() == "600\n"
        assert target.read_text() == "secret\n"

    def test_the_old_file_stays_whole_until_the_new_one_is(
        self, run: Run, tool: Tool, tmp_path: Path
    ) -> None:
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
        done = run(binaries.verify(str(path), "0" * 64, Artifact("k3s", "v1", "0" * 64)))
        assert done.returncode == 1
        assert done.stderr.startswith(
            "k3s v1: SHA-256 is 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
        )
        assert not path.exists()

    def test_only_https_is_followed(self, run: Run, tool: Tool, calls: Path) -> None:
        tool("curl")
        run(binaries.download(Artifact("k3s", "v1", "0", url="https://example.org/k3s"), "there"))
        assert "--proto =https" in calls.read_text()
