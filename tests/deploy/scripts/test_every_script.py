"""What holds for every script: a shell can read it, and a survey never fails."""

import subprocess
from pathlib import Path

import pytest

from binder_singlenode.base import sections
from binder_singlenode.deploy import steps
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts import survey
from binder_singlenode.deploy.operations import firewall_guard
from binder_singlenode.deploy.removal import found, inventory, ipsets
from binder_singlenode.deploy.removal import scripts as removal_scripts
from binder_singlenode.deploy.steps import firewall

from ..conftest import Play


def test_every_command_is_valid_shell(context: Context, play: Play) -> None:
    scripts = [
        command.partition("\n<<< stdin")[0]
        for step in steps.in_order()
        for ran in play(step, context, {}).ran
        for command in ran.commands
        if not command.startswith(("upload ", "FunctionCommand("))
    ]
    scripts += [firewall_guard.script(verb) for verb in ("arm", "keep", "undo")]
    scripts += [survey.script(survey.SECTIONS), found.script(), removal_scripts.stop_script()]
    scripts += [removal_scripts.end_pods_script(), firewall.table_script(), ipsets.destroy_script()]
    scripts += [
        removal_scripts.chains_script(),
        removal_scripts.remove_script(inventory.removed_paths(False)),
    ]
    for script in scripts:
        done = subprocess.run(["sh", "-n", "-c", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stderr}\n{script}"


@pytest.mark.parametrize("script", [survey.script(survey.SECTIONS), found.script()])
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
    assert len(sections.split(done.stdout.splitlines())) == script.count(sections.SEPARATOR)
