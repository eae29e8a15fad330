"""How a command is sent through the login's shell, and its output read back (found out by contact.py).

Commands are written for a POSIX shell. sshd gives each to the user's login shell, which may quote in another
way (fish, csh), and whose start-up files may print (motd, `echo` in .bashrc) before the command does.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass

MARK = "##binder output"
POSIX = frozenset(
    [
        "sh",
        "ash",
        "bash",
        "busybox",
        "dash",
        "ksh",
        "ksh93",
        "lksh",
        "mksh",
        "oksh",
        "posh",
        "rbash",
        "rksh",
        "rzsh",
        "yash",
        "zsh",
    ]
)


@dataclass(frozen=True)
class LoginShell:
    """What the login's shell does to a command and to its output."""

    posix: bool = True
    """Whether it quotes as a POSIX shell does."""
    noisy: bool = False
    """Whether it prints to stdout before each command."""

    def sent(self, command: str) -> str:
        """The command, as the login's shell must get it."""
        text = command if self.posix else portable(command)
        return f'echo "{MARK}"; {text}' if self.noisy else text

    def output(self, stdout: str) -> str:
        """The command's stdout, without what the login printed before it."""
        _before, mark, after = stdout.partition(f"{MARK}\n")
        return after if self.noisy and mark else stdout

    def lines(self, each: Callable[[str], None]) -> Callable[[str], None]:
        """Like `output`, for output that comes line by line: `each` gets the command's lines only."""
        if not self.noisy:
            return each
        reached = False

        def filtered(line: str) -> None:
            nonlocal reached
            if reached:
                each(line)
            reached = reached or line.endswith(MARK)

        return filtered


PLAIN = LoginShell()


def portable(command: str) -> str:
    """The same command without a character that shells read in different ways.

    csh ends a quoted text at a newline and replaces "!"; fish replaces backslashes in single quotes.
    """
    return f"sh -c 'eval \"$(echo {base64.b64encode(command.encode()).decode()} | base64 -d)\"'"
