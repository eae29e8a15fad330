"""`verify`, `status`, `size` and `launch`: look at a host from outside."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from binder_singlenode.cli.options import HostArgument, JsonOption, TrustOption, VerboseOption, emit, say
from binder_singlenode.health.expectations import DEFAULT_LAUNCH_TIMEOUT_S

if TYPE_CHECKING:
    from binder_singlenode.health.verify import Report
    from binder_singlenode.provision.workflow import Opened
    from binder_singlenode.sizing.size import Sizing


def verify(
    host: HostArgument,
    repo: Annotated[str | None, typer.Option("--launch", metavar="REPO", help="Launch this, twice.")] = None,
    ref: Annotated[str | None, typer.Option(help="Branch, tag or commit of it.")] = None,
    timeout: Annotated[
        float, typer.Option(help="Limit of one launch, in seconds.")
    ] = DEFAULT_LAUNCH_TIMEOUT_S,
    promises: Annotated[
        bool, typer.Option("--promises", help="Prove also what takes long: memory, idle time. With --launch.")
    ] = False,
    trust: TrustOption = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.cli import output
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.provision import targets, workflow
    from binder_singlenode.sizing import size

    if promises and repo is None:
        raise typer.BadParameter("what is proved in a session needs one: add --launch REPO")
    target = targets.resolve(host)
    with workflow.opened(target, asking(trust)) as work:
        sized = size.size(work.connection.machine(), target.host)
        result = proved(work, sized, repo, ref, timeout, promises=promises)
    emit(output.report_data(result), as_json, lambda: output.print_report(result))
    raise typer.Exit(result.exit_code)


def proved(
    work: Opened,
    sized: Sizing,
    repo: str | None = None,
    ref: str | None = None,
    launch_timeout_s: float = DEFAULT_LAUNCH_TIMEOUT_S,
    *,
    promises: bool = False,
) -> Report:
    """Run the checks, with two launches of `repo` where one is named, and show them as they come."""
    from binder_singlenode import ssh
    from binder_singlenode.cli.output.progress import Progress
    from binder_singlenode.health import verify as checks
    from binder_singlenode.provision import workflow

    host = work.target.host
    workflow.learn_root(work)
    expected = checks.expectations(host, sized, repo, ref, launch_timeout_s)
    with Progress() as progress:
        return checks.run(
            expected,
            ssh.write_config(host),
            progress.check,
            sudo_password=work.sudo_password,
            parts=(*checks.PARTS, checks.PROMISES) if promises else checks.PARTS,
            timeout_s=checks.limit_s(expected, promises=promises),
        )


def size(
    host: Annotated[
        str | None, typer.Argument(metavar="[HOST]", show_default=False, help="A real host.")
    ] = None,
    memory: Annotated[str | None, typer.Option(help="Memory of an imagined machine, as 64G.")] = None,
    cpus: Annotated[int | None, typer.Option(help="Its CPUs.", min=1)] = None,
    disk: Annotated[str | None, typer.Option(help="Its disk, as 500G.")] = None,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode import config
    from binder_singlenode.base.units import parse_jupyterhub_bytes
    from binder_singlenode.cli import output
    from binder_singlenode.provision import targets
    from binder_singlenode.sizing import size

    imagined = (memory, cpus, disk)
    if host is None and None in imagined:
        raise typer.BadParameter("give a HOST, or --memory, --cpus and --disk together")
    configured = targets.resolve(host).host if host else config.Host(address="imagined.invalid")
    if host is not None and imagined == (None, None, None):
        machine = _real_machine(host)
    elif None not in imagined:
        machine = size.Machine(
            parse_jupyterhub_bytes(memory or ""), cpus or 1, parse_jupyterhub_bytes(disk or "")
        )
    else:
        raise typer.BadParameter("--memory, --cpus and --disk go together")
    sized = size.size(machine, configured)
    rows = size.explain(sized)
    emit(
        {**asdict(sized), "disk": sized.disk.as_data()},
        as_json,
        lambda: output.print_rows(rows, ("what", "value", "how")),
    )


def _real_machine(host: str) -> Any:
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.provision import targets, workflow

    with workflow.opened(targets.resolve(host), asking()) as work:
        return work.connection.machine()


def launch(
    host: HostArgument,
    repo: Annotated[str, typer.Argument(metavar="REPO", help="owner/repo, a URL or a DOI.")],
    ref: Annotated[str | None, typer.Option(help="Branch, tag or commit; default: HEAD.")] = None,
    timeout: Annotated[float, typer.Option(help="Give up after so many seconds.")] = DEFAULT_LAUNCH_TIMEOUT_S,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.binderhub.launch import stream
    from binder_singlenode.cli.output.progress import Progress
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.provision import targets, workflow
    from binder_singlenode.ssh import login

    target = targets.resolve(host)
    token = None
    if target.host.sign_in.on:
        token = workflow.account(target, login.open_access(target.host, asking()))
    with Progress(verbose=verbose) as progress:
        ready = stream.launch_to_ready(target.host.base_url, repo, ref, timeout, progress.launch, token)
    version = stream.answers_or_stops(ready.url, ready.token)
    data = {
        "url": ready.url,
        "token": ready.token,
        "login_url": ready.login_url,
        "image": ready.image,
        "found_image": ready.found_image,
        "jupyter_version": version,
        "timings": asdict(ready.timings),
    }
    say(str(ready.timings))
    emit(data, as_json, lambda: print(ready.login_url))
