"""`logs`: print the log of one component unchanged, or with --json as one JSON object per line."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from binder_singlenode.base import invocation
from binder_singlenode.cli import completion
from binder_singlenode.cli.components import COMPONENTS
from binder_singlenode.cli.handover import become
from binder_singlenode.cli.options import HostArgument, JsonOption, VerboseOption

if TYPE_CHECKING:
    from binder_singlenode.ssh.session import Session

WHOLE_FILES = ("audit", "access", "launches")
"""Logs that are read by number of lines only."""
_TIMED = re.compile(r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*) (?P<line>.*)", re.DOTALL)


def logs(
    host: HostArgument,
    component: Annotated[
        str,
        typer.Argument(
            metavar="WHAT", help=f"One of: {', '.join(COMPONENTS)}.", autocompletion=completion.components
        ),
    ],
    lines: Annotated[int, typer.Option("--lines", "-n", help="Number of last lines.", min=0)] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Continue until Ctrl-C.")] = False,
    since: Annotated[str | None, typer.Option(help="Only newer lines, for example 30m or 2h.")] = None,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.provision import targets
    from binder_singlenode.ssh import login

    if component not in COMPONENTS:
        raise typer.BadParameter(f"one of: {', '.join(COMPONENTS)}", param_hint="WHAT")
    if since and component in WHOLE_FILES:
        raise typer.BadParameter(f"not for {component}: give --lines", param_hint="--since")
    target = targets.resolve(host)
    session = login.open_access(target.host, asking())
    command = log_command(
        component, target.host.release.namespace, lines, follow=follow, since=since, timed=as_json
    )
    whole, first = session.root_command(command)
    # A followed log is not handed over: ssh ends without a word when the host goes away.
    if not (first or as_json or follow or session.shell.noisy):
        become(target.host, [whole])
    raise typer.Exit(_streamed(session, whole, first, component if as_json else None))


def _streamed(session: Session, command: str, first: str, component: str | None) -> int:
    """Print the log line by line, as JSON if `component` is given. Also used if sudo reads a password."""
    import json

    from binder_singlenode.ssh import stream

    def tell(line: str) -> None:
        invocation.current().has_result = True
        print(json.dumps(entry(line, component)) if component else line, flush=True)

    return stream.stream(session.host, command, first, session.shell.lines(tell))


def entry(line: str, component: str) -> dict[str, Any]:
    """One log line as data for JSON; with `time` if the line has one."""
    timed = _TIMED.fullmatch(line)
    return {**(timed.groupdict() if timed else {"line": line}), "component": component}


def log_command(
    component: str, namespace: str, lines: int, *, follow: bool, since: str | None, timed: bool
) -> str:
    """The command to run on the host. timed: journalctl and kubectl begin each line with an ISO 8601 time."""
    tail = f"-n {lines}" + (" -F" if follow else "")
    command = COMPONENTS[component].format(namespace=shlex.quote(namespace), tail=tail)
    if command.startswith("journalctl"):
        age = f" --since -{shlex.quote(since)}" if since else ""
        kind = " -o short-iso" if timed else ""
        return f"{command} --no-pager{kind} -n {lines}{age}" + (" -f" if follow else "")
    if "kubectl" in command:
        age = f" --since={shlex.quote(since)}" if since else ""
        kind = " --timestamps" if timed else ""
        return f"{command}{kind} --tail={lines}{age}" + (" -f" if follow else "")
    return command
