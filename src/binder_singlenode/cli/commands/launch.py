"""`launch`: launch a repository as a visitor does, and print the session's URL."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from binder_singlenode.cli.options import HostArgument, JsonOption, VerboseOption
from binder_singlenode.cli.parameters import TimeoutOption
from binder_singlenode.cli.terminal import emit, say
from binder_singlenode.health.expectations import DEFAULT_LAUNCH_TIMEOUT_S


def launch(
    host: HostArgument,
    repo: Annotated[str, typer.Argument(metavar="REPO", help="owner/repo, a URL or a DOI.")],
    ref: Annotated[str | None, typer.Option(help="Branch, tag or commit; default: HEAD.")] = None,
    timeout: TimeoutOption = DEFAULT_LAUNCH_TIMEOUT_S,
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
        token = workflow.account(login.open_access(target.host, asking()))
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
