"""`warm`: build and pull images before a workshop, and pin them against clean-up."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from binder_singlenode.cli.options import HostArgument, JsonOption, VerboseOption
from binder_singlenode.cli.parameters import TimeoutOption
from binder_singlenode.cli.terminal import emit, say
from binder_singlenode.health.expectations import DEFAULT_LAUNCH_TIMEOUT_S

if TYPE_CHECKING:
    from binder_singlenode.binderhub.pins import Pin
    from binder_singlenode.binderhub.repository.model import Repository
    from binder_singlenode.binderhub.warm import Warmed
    from binder_singlenode.config import Host
    from binder_singlenode.ssh.session import Session


def warm(
    host: HostArgument,
    repos: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REPO]...", help="owner/repo, a URL or a DOI. None: list the pins."),
    ] = None,
    ref: Annotated[str | None, typer.Option(help="Branch, tag or commit of all of them.")] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Last day that they stay, as 2026-12-31. Default: always."),
    ] = None,
    unpin: Annotated[bool, typer.Option("--unpin", help="Unpin these images, named as listed.")] = False,
    timeout: TimeoutOption = DEFAULT_LAUNCH_TIMEOUT_S,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.binderhub import pins
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.health import pinned_size
    from binder_singlenode.provision import targets, workflow
    from binder_singlenode.ssh import login

    if unpin and not repos:
        raise typer.BadParameter("give the images to unpin, as `warm HOST` lists them", param_hint="--unpin")
    expiry_s = expiry_of(until)
    target = targets.resolve(host)
    wanted = [] if unpin else _read(repos or [], ref, target.host)
    session = login.open_access(target.host, asking())
    data: dict[str, Any] = {}
    if unpin:
        for image in repos or ():
            pins.pin(session, image, pins.OVER)
    elif wanted:
        token = workflow.account(session) if target.host.sign_in.on else None
        done = [_warmed(session, each, ref, expiry_s, token, timeout, verbose) for each in wanted]
        data["warmed"] = [asdict(each) for each in done]
    found = pins.listed(session)
    data |= {"pins": [asdict(each) for each in found]}
    data["problems"] = pinned_size.ask(session) if found else []
    for problem in data["problems"]:
        say(problem)
    emit(data, as_json, lambda: _show(found))


def expiry_of(until: str | None) -> int:
    """The Unix time of `--until`, 0 without it."""
    from binder_singlenode.binderhub import pins

    if until is None:
        return pins.FOR_EVER
    try:
        expiry_s = pins.end_of(date.fromisoformat(until))
    except ValueError:
        raise typer.BadParameter("must be a date such as 2026-12-31", param_hint="--until") from None
    if expiry_s <= datetime.now(UTC).timestamp():
        raise typer.BadParameter(f"{until} is in the past", param_hint="--until")
    return expiry_s


def _read(repos: list[str], ref: str | None, host: Host) -> list[Repository]:
    """All repositories, before the first is launched: a mistake in the last one shows at once."""
    from binder_singlenode.binderhub.repository.model import Servers
    from binder_singlenode.binderhub.repository.read import read

    found = [read(repo, ref, Servers.of(host)) for repo in repos]
    for note in (note for each in found for note in each.notes):
        say(note)
    return found


def _warmed(
    session: Session,
    repository: Repository,
    ref: str | None,
    expiry_s: int,
    token: str | None,
    timeout_s: float,
    verbose: bool,
) -> Warmed:
    """Warm one repository, and show its build output."""
    from binder_singlenode.binderhub import warm as warming
    from binder_singlenode.cli.output.progress import Progress

    with Progress(verbose=verbose) as progress:
        done = warming.warm(session, repository, ref, expiry_s, timeout_s, progress.launch, token)
        progress.line(f"{done.repo}: {done.timings}; pinned: {done.pin.until}")
    return done


def _show(found: list[Pin]) -> None:
    from binder_singlenode.cli import output

    output.print_rows([(pin.image, pin.until) for pin in found], ("PINNED", "UNTIL"))
