"""`status`: one screen."""

from dataclasses import asdict

from binder_singlenode.commands.common import HostArgument, JsonOption, TrustOption, emit


def status(host: HostArgument, trust: TrustOption = False, as_json: JsonOption = False) -> None:
    """Node, release, registry, sessions against quota, disk, certificates' days left."""
    from binder_singlenode import report, targets, workflow
    from binder_singlenode import status as status_module
    from binder_singlenode.commands.access import asking

    with workflow.opened(targets.resolve(host), asking(trust)) as work:
        gathered = status_module.gather(work.target.host, work.sudo_password)
    emit(asdict(gathered), as_json, lambda: report.print_status(gathered))
