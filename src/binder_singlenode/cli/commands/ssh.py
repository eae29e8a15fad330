"""`ssh` and `kubeconfig`: a way in for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from binder_singlenode.cli.options import HostArgument, JsonOption, VerboseOption, become, emit, say

if TYPE_CHECKING:
    from binder_singlenode.config import Host

ProgramArgument = Annotated[list[str] | None, typer.Argument(help="Run this instead of a shell.")]


def ssh(
    host: HostArgument,
    command: ProgramArgument = None,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.provision import targets
    from binder_singlenode.ssh import login

    words = program(command, as_json)
    target = targets.resolve(host)
    login.open_access(target.host, asking())
    enter(target.host, words, as_json)


def program(command: list[str] | None, as_json: bool) -> list[str]:
    """The words of the command; a shell has no result that could be JSON."""
    if as_json and not command:
        raise typer.BadParameter("give a command too: a shell has no result", param_hint="--json")
    return list(command or ())


def enter(host: Host, command: list[str], as_json: bool) -> NoReturn:
    """Become a shell on the host, or the command; for programs, run it to its end. Its exit code is ours."""
    if not as_json:
        become(host, command)
    from binder_singlenode import ssh as ssh_module

    done = ssh_module.run(host, " ".join(command), timeout_s=None)
    data = {"stdout": done.stdout, "stderr": done.stderr, "exit_code": done.returncode}
    emit(data, as_json, lambda: None)
    raise typer.Exit(done.returncode)


def kubeconfig(
    host: HostArgument,
    command: Annotated[
        list[str] | None, typer.Argument(help="Run this with KUBECONFIG set, instead of merging.")
    ] = None,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    import signal

    from binder_singlenode import ssh as ssh_module
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.cluster import kubeconfig as kubeconfig_module
    from binder_singlenode.provision import targets
    from binder_singlenode.ssh import login

    if command and as_json:
        raise typer.BadParameter(
            "what a command prints is its own: leave out one of the two", param_hint="--json"
        )
    target = targets.resolve(host)
    password = login.open_access(target.host, asking())
    if command:
        raise typer.Exit(
            kubeconfig_module.run_command(
                target.host, ssh_module.tunnel, ssh_module.run, command, sudo_password=password
            )
        )
    with kubeconfig_module.serve(
        target.host, ssh_module.tunnel, ssh_module.run, sudo_password=password
    ) as served:
        data = {"file": str(served.path), "context": served.context, "port": served.port}
        emit(data, as_json, lambda: print(served.command))
        say(f"context {served.context} is in {served.path}; the tunnel is open until Ctrl-C")
        signal.pause()
