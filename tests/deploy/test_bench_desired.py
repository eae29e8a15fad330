"""What the bench asks of its peer is what the steps do to a bare host: same places, owners and digests."""

import hashlib
import re
import sys
from pathlib import Path

import pytest

from binder_singlenode.deploy import steps
from binder_singlenode.deploy.context import Context
from binder_singlenode.layout import paths

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))  # commands, no package

import desired

BASE = "apiVersion: binder/v1\naddress: 192.0.2.7\n"
HOSTS = {
    "default": BASE,
    "persistent": BASE
    + """mode: persistent
home: {size: 1Gi, users: 2}
sign_in: {provider: github, client_id: a, client_secret: env:A, allowed: {users: [alice]}}
""",
    "shared store": BASE + "images: {store: shared}\n",
    "no firewall": BASE + "network: {firewall: false}\n",
    "a proxy": BASE + "proxy: {https: 'http://192.0.2.9:3128'}\n",
}
WRITTEN = re.compile(r"chown (\S+) (\S+)\.binder-new && chmod (\d+) .*\n<<< stdin\n(.*)>>>", re.DOTALL)
MADE = re.compile(r"mkdir -p -m (\d+) (\S+) && chown (\S+)")
INSTALLED = re.compile(r"echo (\w{64}) \$\(stat -c %s\.%\.9Y\.%i (\S+)\) > (\S+)\.new")
NOTED = re.compile(r"echo (\w{64}) > (\S+)\.new")
BROUGHT = re.compile(r"--no-install-recommends install ([\w -]+?) &&")


@pytest.fixture(params=HOSTS)
def wanted(request: pytest.FixtureRequest, make, tmp_path: Path) -> Context:  # type: ignore[no-untyped-def]
    return make(tmp_path, HOSTS[request.param])  # type: ignore[no-any-return]


def found(pattern: "re.Pattern[str]", commands: list[str]) -> list[tuple[str, ...]]:
    """The pattern's groups, from each command that has it."""
    matches = [match.groups() for command in commands for match in pattern.finditer(command)]
    assert matches, f"no command is like {pattern.pattern}"
    return matches


def placed(commands: list[str]) -> dict[str, set[tuple[str, ...]]]:
    """What the steps did, from their commands."""
    return {
        "files": {
            (path, mode, owner, hashlib.sha256(text.encode()).hexdigest())
            for owner, path, mode, text in found(WRITTEN, commands)
        },
        "folders": {(path, mode, owner) for mode, path, owner in found(MADE, commands)},
        "binaries": {(path, note, digest) for digest, path, note in found(INSTALLED, commands)},
        "notes": {(note, digest) for digest, note in found(NOTED, commands)},
        "packages": {tuple(names.split()) for (names,) in found(BROUGHT, commands)},
    }


def asked(context: Context) -> dict[str, set[tuple[str, ...]]]:
    """The same, as the bench tells it."""
    return {
        "files": {(file.path, file.mode, file.owner, file.sha256) for file in desired.files(context)},
        "folders": set(desired.folders(context)),
        "binaries": {
            (each.path, paths.stamp_path(each.note_name), each.artifact.sha256)
            for each in desired.binaries(context)
        },
        "notes": {(paths.stamp_path(name), digest) for name, digest in desired.digests(context).items()},
        "packages": {tuple(desired.packages(context))},
    }


def test_the_peer_is_asked_for_what_the_steps_do(wanted: Context, play) -> None:  # type: ignore[no-untyped-def]
    def everything(context: Context) -> None:
        for step in steps.in_order():
            step(context)

    commands = [command for ran in play(everything, wanted, {}).ran for command in ran.commands]
    assert asked(wanted) == placed(commands)


def test_nothing_is_both_wanted_and_not(wanted: Context) -> None:
    there = {file.path for file in desired.files(wanted)} | {path for path, _, _ in desired.folders(wanted)}
    assert desired.absent(wanted)
    assert there.isdisjoint(desired.absent(wanted))


def test_the_variables_are_whole(wanted: Context, tmp_path: Path) -> None:
    """Each file's content lies where the playbook is told to take it from."""
    told = desired.variables(wanted, tmp_path)
    for file, variable in zip(desired.files(wanted), told["files"], strict=True):
        assert Path(variable["source"]).read_text() == file.content, file.path
    assert set(told["units"]) == set(steps.units(wanted.host))
