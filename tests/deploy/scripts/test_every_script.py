"""What holds for every script: a shell can read it, and a survey never fails."""

import subprocess
from pathlib import Path

import pytest

from binder_singlenode import deploy
from binder_singlenode.deploy import down_script, facts, ipsets, remains
from binder_singlenode.deploy.context import Context

from ..conftest import Play


def test_every_command_is_valid_shell(context: Context, play: Play) -> None:
    scripts = [
        command.partition("\n<<< stdin")[0]
        for step in deploy.steps()
        for ran in play(step, context, {}).ran
        for command in ran.commands
        if not command.startswith("upload ")
    ]
    scripts += [facts.script(facts.SECTIONS), remains._script(), down_script.stop_script()]
    scripts += [down_script.end_pods_script(), down_script.table_script(), ipsets.destroy_script()]
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
