"""`status`: one screen."""

import typer

from binder_singlenode.commands.common import HostArgument, JsonOption, TrustOption, emit


def status(host: HostArgument, trust: TrustOption = False, as_json: JsonOption = False) -> None:
    """Node, release, registry, sessions against quota, disk, certificates' days left."""
    from functools import partial

    from binder_singlenode import cluster, report, ssh, targets, workflow
    from binder_singlenode import status as status_module
    from binder_singlenode.commands.access import asking
    from binder_singlenode.state import state_dir

    with workflow.opened(targets.resolve(host), asking(trust)) as work:
        found, password = work.target.host, work.sudo_password
        connect = partial(cluster.connect, found, ssh.tunnel, ssh.run, state_dir(), password)
        gathered = status_module.gather(found, connect, ssh.run, password)
    emit(report.status_data(gathered), as_json, lambda: report.print_status(gathered))
    raise typer.Exit(0 if gathered.ok else 1)
