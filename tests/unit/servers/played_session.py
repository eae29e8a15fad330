"""A session whose commands the test answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from binder_singlenode.ssh.session import Session

Play = Callable[[str, str], "CompletedProcess[str]"]


def answer(stdout: str = "", code: int = 0, stderr: str = "") -> Play:
    """The same answer to every command."""
    return lambda command, text: CompletedProcess([], code, stdout, stderr)


def noted(play: Play, asked: list[tuple[str, ...]]) -> Play:
    """Like `play`, and each command with its input is added to `asked`."""

    def noting(*given: str) -> "CompletedProcess[str]":
        asked.append(given)
        return play(*given)

    return noting


NOTHING = answer()


@dataclass(frozen=True)
class PlayedSession(Session):
    """`play` gets each command with its standard input; `port` is this computer's end of every tunnel."""

    play: Play = NOTHING
    port: int = 0
    config: Path | None = None

    def ssh_config(self) -> Path:
        assert self.config
        return self.config

    def run(self, command: str, text: str, *_: Any) -> "CompletedProcess[str]":
        return self.play(command, text)

    @contextmanager
    def tunnel(self, remote_port: int = 6443) -> Iterator[int]:
        assert remote_port == 6443
        yield self.port
