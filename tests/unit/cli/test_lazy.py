"""Commands are built when they are asked for, and a program's own options are left to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from binder_singlenode.cli.app import Main, changes
from binder_singlenode.cli.lazy import Verb, VerbGroup

APART = [
    ("ssh", ["vm"], []),
    ("ssh", ["vm", "grep", "-v", "--json", "x"], ["grep", "-v", "--json", "x"]),
    ("ssh", ["vm", "--", "-l"], ["-l"]),
    ("ssh", ["vm", "sh", "--", "-c"], ["sh", "--", "-c"]),
    ("kubeconfig", ["--json", "vm", "kubectl", "get", "-A"], ["kubectl", "get", "-A"]),
    ("vm ssh", ["--provider", "qemu", "lab", "ls", "--provider", "x"], ["ls", "--provider", "x"]),
    ("vm ssh", ["lab", "--provider=qemu", "ls", "-l"], ["ls", "-l"]),
]


def verbs(group: VerbGroup, before: str = "") -> Iterator[tuple[str, Verb, Any]]:
    """Every command of the program: its words, its entry in the table, and itself."""
    for name, verb in group.verbs.items():
        if isinstance(verb, Verb):
            yield before + name, verb, group.built(name)
        else:
            yield from verbs(group.built(name), f"{before}{name} ")


COMMANDS = {words: command for words, _, command in verbs(Main())}


def test_a_command_says_what_its_list_says() -> None:
    for words, verb, command in verbs(Main()):
        assert (command.name, command.help) == (words.rpartition(" ")[2], verb.help)


NO_HOST = {
    "init": "writes a file",
    "schema": "knows no host",
}


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_a_result_for_programs(words: str) -> None:
    assert "--json" in options(words)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_that_talks_to_a_host_or_a_cloud_can_show_how(words: str) -> None:
    assert ("--verbose" in options(words)) == (words not in NO_HOST)


@pytest.mark.parametrize("words", NO_HOST)
def test_a_command_that_is_excused_exists(words: str) -> None:
    assert words in COMMANDS


def options(words: str) -> list[str]:
    return [name for param in COMMANDS[words].params for name in param.opts]


@pytest.mark.parametrize(("words", "given", "program"), APART)
def test_a_program_keeps_its_own_options(words: str, given: list[str], program: list[str]) -> None:
    assert list(COMMANDS[words].make_context(words, given).params["command"]) == program


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("up lab", True),
        ("vm create lab", True),
        ("status up", False),
        ("vm list", False),
        ("vm", False),
        ("", False),
    ],
)
def test_a_command_line_is_known_to_change_something(line: str, expected: bool) -> None:
    """Also with a host that is called as a command."""
    assert changes(line.split()) is expected
