"""`ssh`, `logs` and `kubeconfig`: a way in for people."""

import shlex
from typing import Annotated

import typer

from binder_singlenode.commands.common import HostArgument, JsonOption, become, emit, say

COMPONENTS = {
    "k3s": "journalctl -u k3s",
    "entry": "journalctl -u binder-entry",
    "firewall": "journalctl -k -g binder-singlenode",
    "binder": "k3s kubectl logs -n {namespace} deployment/binder --all-containers",
    "hub": "k3s kubectl logs -n {namespace} deployment/hub --all-containers",
    "proxy": "k3s kubectl logs -n {namespace} deployment/proxy --all-containers",
    "builder": "k3s kubectl logs -n {namespace} -l component=image-builder --all-containers",
    "registry": "k3s kubectl logs -n {namespace} deployment/binder-registry --all-containers",
    "audit": "tail {tail} /var/log/binder-singlenode/audit.log",
    "access": "tail {tail} /var/log/binder-singlenode/access.log",
}


def ssh(
    host: HostArgument,
    command: Annotated[list[str] | None, typer.Argument(help="Run this instead of a shell.")] = None,
) -> None:
    from binder_singlenode import access, targets
    from binder_singlenode import ssh as ssh_module
    from binder_singlenode.commands.access import asking

    target = targets.resolve(host)
    access.open_access(target.host, asking())
    become(ssh_module.command_line(target.host, list(command or ())))


def logs(
    host: HostArgument,
    component: Annotated[str, typer.Argument(metavar="WHAT", help=f"One of: {', '.join(COMPONENTS)}.")],
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many of the last lines.", min=0)] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    since: Annotated[str | None, typer.Option(help="Only what is younger, as 30m or 2h.")] = None,
) -> None:
    from binder_singlenode import access, privilege, targets
    from binder_singlenode import ssh as ssh_module
    from binder_singlenode.commands.access import asking

    if component not in COMPONENTS:
        raise typer.BadParameter(f"one of: {', '.join(COMPONENTS)}", param_hint="WHAT")
    target = targets.resolve(host)
    password = access.open_access(target.host, asking())
    command = _log_command(component, target.host.release.namespace, lines, follow, since)
    whole, first = privilege.as_root(target.host, command, password)
    if first:
        print(ssh_module.run(target.host, whole, input=first, timeout_s=None).stdout, end="")
        return
    become(ssh_module.command_line(target.host, [whole]))


def _log_command(component: str, namespace: str, lines: int, follow: bool, since: str | None) -> str:
    """The command on the host; each log has its own word for the same wish."""
    tail = f"-n {lines}" + (" -F" if follow else "")
    command = COMPONENTS[component].format(namespace=shlex.quote(namespace), tail=tail)
    if command.startswith("journalctl"):
        age = f" --since -{shlex.quote(since)}" if since else ""
        return f"{command} --no-pager -n {lines}{age}" + (" -f" if follow else "")
    if "kubectl" in command:
        age = f" --since={shlex.quote(since)}" if since else ""
        return f"{command} --tail={lines}{age}" + (" -f" if follow else "")
    return command


def kubeconfig(
    host: HostArgument,
    command: Annotated[
        list[str] | None, typer.Argument(help="Run this with KUBECONFIG set, instead of merging.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    import signal

    from binder_singlenode import access, targets
    from binder_singlenode import kubeconfig as kubeconfig_module
    from binder_singlenode import ssh as ssh_module
    from binder_singlenode.commands.access import asking

    target = targets.resolve(host)
    password = access.open_access(target.host, asking())
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
