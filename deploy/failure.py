"""What went wrong with one command, kept until somebody shows it."""

from dataclasses import dataclass

TAIL_LINES = 40


@dataclass(frozen=True)
class Failure:
    """A command that failed: its masked words, exit code, and what it said."""

    command: str
    exit_code: int
    said: str

    @property
    def tail(self) -> str:
        """The last lines of what it said."""
        return "\n".join(self.said.strip().splitlines()[-TAIL_LINES:])
