"""The step `trust`: the host's list of roots, the bundle for pods, and back again."""

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.base.render import render
from binder_singlenode.config.secrets.tls_files import TlsFiles
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations.services import Service
from binder_singlenode.deploy.removal import scripts as removal_scripts
from binder_singlenode.deploy.steps import k3s, trust
from binder_singlenode.layout import paths

from ..golden_file import agrees

ROOT = "-----BEGIN CERTIFICATE-----\nb64\n-----END CERTIFICATE-----\n"
UPDATED = ["Write " + path for path in (paths.TRUSTING_RUNC, paths.TRUST_HOOK, paths.TRUSTED_ROOTS)]


@pytest.fixture
def trusting(context: Context) -> Context:
    return replace(context, tls_files=TlsFiles(roots=f"# The campus\n{ROOT}"))


def told(context: Context, answers: Any) -> dict[str, list[str]]:
    """What a host says on which the step is done."""
    found: dict[str, list[str]] = answers(context)
    found["stamps"] = [*found["stamps"], f"note\t{paths.TRUST_NOTE}:{trust.files(context)[-1].sha256}"]
    return found


def test_on_a_bare_host(trusting: Context, play: Any) -> None:
    walk = play(trust.trust, trusting, {})
    assert walk.changed == [f"Make {paths.TRUST}", *UPDATED, "Trust the roots of trusted_roots"]
    assert walk.of("Trust the roots").commands[0].startswith("update-ca-certificates")
    assert agrees("trust.txt", walk.text())


def test_a_second_time_nothing_changes_and_a_new_root_is_noticed(
    trusting: Context, play: Any, answers: Any
) -> None:
    assert play(trust.trust, trusting, told(trusting, answers)).changed == []
    other = replace(trusting, tls_files=TlsFiles(roots=ROOT.replace("b64", "b65")))
    walk = play(trust.trust, other, told(trusting, answers))
    assert walk.changed == [UPDATED[2], "Trust the roots of trusted_roots"]
    assert f"rm -f {paths.stamp_path(paths.TRUST_NOTE)} && " in walk.of(UPDATED[2]).commands[0]


def test_a_root_deleted_by_hand_comes_back(trusting: Context, play: Any, answers: Any) -> None:
    there = told(trusting, answers)
    there["files"] = [line for line in there["files"] if paths.TRUSTED_ROOTS not in line]
    assert play(trust.trust, trusting, there).changed == [UPDATED[2], "Trust the roots of trusted_roots"]


def test_without_the_key_the_host_forgets_it(
    context: Context, trusting: Context, play: Any, answers: Any
) -> None:
    assert play(trust.trust, context, {}).changed == []
    walk = play(trust.trust, context, told(trusting, answers))
    (command,) = walk.of("Trust no roots but the system's").commands
    assert command.index(f"rm -f {paths.TRUSTED_ROOTS}") < command.index("update-ca-certificates")
    assert command.index("update-ca-certificates") < command.index(paths.stamp_path(paths.TRUST_NOTE))


def test_k3s_restarts_for_new_roots_as_it_reads_them_once(context: Context, trusting: Context) -> None:
    def digest(service: Service) -> str:
        return service.digest

    assert digest(k3s.service(context)) != digest(k3s.service(trusting))


def test_the_hook_keeps_the_file_that_pods_have_open(tmp_path: Path) -> None:
    folder, system = tmp_path / "trust", tmp_path / "system.crt"
    bundle = folder / "roots.pem"
    hook = render("trust/update-hook.sh.j2", folder=folder, system_roots=system, bundle=bundle)
    system.write_text("one\n")
    subprocess.run(["sh", "-c", hook], check=True)
    assert not folder.exists()
    folder.mkdir()
    inodes = set()
    for text in ("one\n", "two\n"):
        system.write_text(text)
        subprocess.run(["sh", "-c", hook], check=True)
        assert bundle.read_text() == text
        inodes.add(bundle.stat().st_ino)
    assert len(inodes) == 1


@pytest.mark.parametrize("there", [True, False])
def test_down_makes_the_host_forget_it(there: bool, tmp_path: Path) -> None:
    """The script of `down` up to the removal, with paths below a folder of its own."""
    root, log = tmp_path / "usr", tmp_path / "log"
    script = removal_scripts.remove_script([paths.TRUSTED_ROOTS, paths.VAR])
    script = script.partition(" && ")[0]
    for path in (paths.TRUST, paths.TRUSTED_ROOTS, paths.TRUST_HOOK):
        script = script.replace(path, f"{root}{path}")
    certificate = Path(f"{root}{paths.TRUSTED_ROOTS}")
    certificate.parent.mkdir(parents=True)
    certificate.write_text(ROOT)
    if there:
        Path(f"{root}{paths.TRUST}").mkdir(parents=True)
    update = tmp_path / "update-ca-certificates"
    update.write_text(f"#!/bin/sh\n[ -e {certificate} ] || echo updated >> {log}\n")
    update.chmod(0o755)
    subprocess.run(["sh", "-c", script], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=True)
    assert log.exists() == there and certificate.exists() != there
