"""Images that somebody deleted: noted once, missed by the survey, imported from the archives."""

import tarfile
from pathlib import Path

from binder_singlenode.base import sections
from binder_singlenode.deploy.facts import parse, survey
from binder_singlenode.deploy.operations import images
from binder_singlenode.layout import paths

from .conftest import Run, Tool

ALL = (
    "quay.io/hub:1 docker.io/library/web:3 docker.io/testbed/dind:26.1"
    " docker.io/pause:3 10.43.0.50:5000/built:1 sha256:abc"
)
INDEX = '{"manifests":[{"annotations":{"io.containerd.image.name": "docker.io/testbed/dind:26.1"}}]}'
MISSING = ("quay.io/hub:1", "docker.io/library/web:3", "docker.io/testbed/dind:26.1")
LISTED = '[{"Config":"a","RepoTags":["quay.io/hub:1","web:3","not/imported:1"]}]'


def containerd(tool: Tool, names: str) -> None:
    """A containerd with these images; what the API is asked gets no answer that matters."""
    tool("systemctl")
    tool("k3s", f'case "$*" in ctr*"images ls"*) printf "%s\\n" {names} ;; esac')


def note(run: Run, folder: Path) -> None:
    """Note the images of an archive, of one that is none, and of one that is gone."""
    (folder / "manifest.json").write_text(LISTED)
    with tarfile.open(folder / "a.tar", "w") as archive:
        archive.add(folder / "manifest.json", "manifest.json")
    (folder / "index.json").write_text(INDEX)
    with tarfile.open(folder / "oci.tar", "w") as archive:
        archive.add(folder / "index.json", "index.json")
    (folder / "b.tar").write_text("no archive")
    paths = [str(folder / name) for name in ("a.tar", "oci.tar", "b.tar", "c.tar")]
    done = run(images.note_script(paths, "digest"))
    assert (done.returncode, done.stderr) == (0, "")


def seen(run: Run) -> parse.ClusterSeen:
    done = run(survey.script(["cluster"]))
    return parse.cluster(sections.split(done.stdout.splitlines())["cluster"])


def test_a_deleted_image_is_missed(run: Run, tool: Tool, tmp_path: Path) -> None:
    """Images of k3s itself, and those that were built here, are not in the archives."""
    containerd(tool, ALL)
    note(run, tmp_path)
    assert (seen(run).noted_images, seen(run).missing_images) == ("digest", ())
    containerd(tool, "docker.io/pause:3")
    assert (seen(run).noted_images, seen(run).missing_images) == ("digest", MISSING)


def test_a_containerd_without_an_answer_misses_nothing(run: Run, tool: Tool, tmp_path: Path) -> None:
    containerd(tool, ALL)
    note(run, tmp_path)
    tool("k3s", 'case "$*" in ctr*) exit 1 ;; esac')
    assert (seen(run).noted_images, seen(run).missing_images) == ("digest", ())


def test_without_a_note_containerd_is_not_asked(run: Run, tool: Tool, calls: Path) -> None:
    containerd(tool, ALL)
    assert seen(run).noted_images == ""
    assert "ctr" not in calls.read_text()


def test_archives_are_imported_and_their_images_pinned(run: Run, tool: Tool, calls: Path) -> None:
    tool("k3s")
    archive = f"{paths.IMAGES}/binder-images.tar"
    assert run(images.import_script([archive], ("quay.io/hub:1",))).returncode == 0
    first, second = (line for line in calls.read_text().splitlines() if line.startswith("k3s"))
    assert first == f"k3s ctr -n k8s.io images import --local {archive}"
    assert second == "k3s ctr -n k8s.io images label quay.io/hub:1 io.cri-containerd.pinned=pinned"


def test_an_image_that_no_archive_has_is_named(run: Run, tool: Tool) -> None:
    tool("k3s", 'case "$*" in *label*) exit 1 ;; esac')
    done = run(images.import_script(["/a.tar"], ("quay.io/hub:1",)))
    assert (done.returncode, done.stderr) == (
        1,
        "quay.io/hub:1 is gone, and in no image archive of this host\n",
    )
