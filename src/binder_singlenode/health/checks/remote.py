"""Commands on the host: testinfra's ssh backend, with sudo where the login needs it."""

import subprocess
from collections.abc import Callable
from typing import Any

import testinfra.host
from testinfra.backend.base import CommandResult
from testinfra.backend.ssh import SshBackend

from binder_singlenode.ssh.login_shell import PLAIN, LoginShell
from binder_singlenode.ssh.sudo import in_root_shell

Kubectl = Callable[..., Any]  # type of the fixture `kubectl`
OnCommand = Callable[[str], None]
ALIAS = "binder-host"  # the host's name in the generated ssh_config
CONNECT_TIMEOUT_S = 20


class RootBackend(SshBackend):
    """Every command runs as root. A password goes to sudo's standard input, never onto a command line."""

    def __init__(
        self,
        ssh_config: str,
        sudo: bool,
        sudo_password: str | None,
        on_command: OnCommand,
        shell: LoginShell = PLAIN,
    ) -> None:
        super().__init__(ALIAS, ssh_config=ssh_config, timeout=CONNECT_TIMEOUT_S)
        self.on_command = on_command
        self.needs_sudo = sudo
        self.password = sudo_password
        self.shell = shell

    def get_command(self, command: str, *args: str) -> str:
        return self._sent(self.quote(command, *args))[0]

    def _sent(self, command: str) -> tuple[str, str]:
        sent, first = in_root_shell(command, self.needs_sudo, self.password)
        return self.shell.sent(sent), first

    def run_local(self, command: str, *args: str) -> CommandResult:
        line = self.quote(command, *args)
        typed = self._sent("")[1].encode()
        done = subprocess.run(line, shell=True, input=typed, capture_output=True, check=False)  # noqa: S602
        stdout = self.shell.output(done.stdout.decode(errors="surrogateescape"))
        printed = stdout.encode(errors="surrogateescape")
        return self.result(done.returncode, line.encode(), printed, done.stderr)

    def run_ssh(self, command: str) -> CommandResult:
        self.on_command(command)
        try:
            return super().run_ssh(command)
        except RuntimeError as error:
            (result,) = error.args
            said = f": {_last_line(result.stderr)}" if result.stderr.strip() else ""
            raise AssertionError(
                f"lost the connection to the host{said}; it may be rebooting: run verify again"
            ) from None

    def get_encoding(self) -> str:
        return "utf-8"


def connect(
    ssh_config: str,
    sudo: bool,
    sudo_password: str | None,
    on_command: OnCommand = lambda command: None,
    shell: LoginShell = PLAIN,
) -> Any:
    """A testinfra Host that uses RootBackend."""
    backend = RootBackend(ssh_config, sudo, sudo_password, on_command, shell)
    host = testinfra.host.Host(backend)
    backend.set_host(host)
    return host


def output(host: Any, command: str, *args: str) -> str:
    """Standard output of a command. If it fails, the last output line is the assertion's message."""
    done = host.run(command, *args)
    assert done.rc == 0, (
        f"`{command.split(' ')[0]}` failed on the host: {_last_line(done.stderr or done.stdout)}"
    )
    return str(done.stdout)


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason given")
