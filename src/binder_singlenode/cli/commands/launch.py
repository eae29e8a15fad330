"""`launch`: launch a repository as a visitor does, and print the session's URL."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated

import typer

from binder_singlenode.cli.options import HostArgument, JsonOption, VerboseOption
from binder_singlenode.cli.parameters import TimeoutOption
from binder_singlenode.cli.terminal import emit, say
from binder_singlenode.errors import LaunchError
from binder_singlenode.health.expectations import DEFAULT_LAUNCH_TIMEOUT_S


def launch(
    host: HostArgument,
    repo: Annotated[str, typer.Argument(metavar="REPO", help="owner/repo, a URL, a DOI or a launch link.")],
    ref: Annotated[str | None, typer.Option(help="Branch, tag or commit; default: HEAD.")] = None,
    timeout: TimeoutOption = DEFAULT_LAUNCH_TIMEOUT_S,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.binderhub.launch import host_memory, stream
    from binder_singlenode.binderhub.repository.model import Servers
    from binder_singlenode.binderhub.repository.read import read
    from binder_singlenode.cli.output.progress import Progress
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.provision import targets, workflow
    from binder_singlenode.ssh import login

    target = targets.resolve(host)
    repository = read(repo, ref, Servers.of(target.host))
    for note in repository.notes:
        say(note)
    session = login.open_access(target.host, asking()) if target.host.sign_in.on else None
    token = workflow.account(session) if session else None
    started = time.monotonic()
    try:
        with Progress(verbose=verbose) as progress:
            ready = stream.launch_to_ready(
                target.host.base_url, repository, ref, timeout, progress.launch, token
            )
    except LaunchError as error:
        if error.cause and session is None:
            session = host_memory.session_without_asking(target.host)
        raise host_memory.explained(error, target.host, session, time.monotonic() - started) from None
    version = stream.answers_or_stops(ready.url, ready.token)
    address = ready.login_url_of(repository.path)
    data = {
        "url": ready.url,
        "token": ready.token,
        "login_url": address,
        "image": ready.image,
        "found_image": ready.found_image,
        "jupyter_version": version,
        "timings": asdict(ready.timings),
    }
    say(str(ready.timings))
    emit(data, as_json, lambda: print(address))
