"""`up`: plan, confirm, apply, verify."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from binder_singlenode.cli.options import (
    BundleOption,
    HostArgument,
    JsonOption,
    TrustOption,
    UpgradeOption,
    VerboseOption,
    YesOption,
    one_source,
)
from binder_singlenode.cli.terminal import confirm, emit, say

if TYPE_CHECKING:
    from binder_singlenode.deploy.context import Context
    from binder_singlenode.health.verify import Report
    from binder_singlenode.provision.events import Result
    from binder_singlenode.provision.targets import Target
    from binder_singlenode.provision.workflow import Opened

VerifyOption = Annotated[bool, typer.Option("--verify/--no-verify", help="Verify afterwards.")]
LaunchOption = Annotated[
    str | None,
    typer.Option(
        "--launch",
        metavar="REPO",
        show_default=False,
        help="Launch this, twice, as part of the proof. Default: a small example, if something changed.",
    ),
]
NoLaunchOption = Annotated[bool, typer.Option("--no-launch", help="Launch nothing.")]


def up(
    host: HostArgument,
    bundle: BundleOption = None,
    upgrade: UpgradeOption = False,
    yes: YesOption = False,
    verify: VerifyOption = True,
    launch: LaunchOption = None,
    no_launch: NoLaunchOption = False,
    trust: TrustOption = False,
    verbose: VerboseOption = False,
    as_json: JsonOption = False,
) -> None:
    from binder_singlenode.cli.output.progress import Progress
    from binder_singlenode.cli.terminal import asking
    from binder_singlenode.health.expectations import launch_link
    from binder_singlenode.provision import workflow

    one_source(bundle, upgrade)
    if launch and no_launch:
        raise typer.BadParameter("leave out --launch or --no-launch", param_hint="--no-launch")
    if launch and not verify:
        raise typer.BadParameter("a launch is a part of verify", param_hint="--no-verify")
    begin = time.monotonic()
    target = made(host, fed=bundle is not None)
    launch_link(target.host, launch)  # refuses an address that BinderHub cannot read, before anything changes
    with workflow.opened(target, asking(trust)) as work:
        context = workflow.prepared(work, bundle, upgrade, say)
        result = applied(work, context, yes, upgrade)
        repo = None if no_launch else launch or sample(context, result)
        report = None
        if verify and result:
            with Progress() as progress:
                report = workflow.proved(work, context.sizing, progress.check, repo)
    if result is None:
        say("Nothing was changed.")
        raise typer.Exit(1)
    conclude(target, result, report, time.monotonic() - begin, as_json)


def made(text: str, fed: bool) -> Target:
    """Resolve the target; first create or start its throwaway VM if needed.

    fed: a bundle contains everything to install. A new VM then gets no access to other machines.
    """
    from binder_singlenode.errors import VmError
    from binder_singlenode.provision import targets
    from binder_singlenode.vm import VmSpec, provider

    vm = targets.find_vm(text)
    if text == targets.DEFAULT_VM or vm is not None:
        vms = provider("auto")
        if vm is None or vm.state in ("making", "dead"):
            vm = vms.create(text, VmSpec(internet=not fed), say)
        if not (vm.internet or fed):
            raise VmError(
                "the VM is cut off from every network, so nothing can be downloaded to it",
                where=text,
                hint="use --bundle DIR, or make it again with: "
                f"vm destroy {text} && vm create {text} --internet",
            )
        if vm.state == "stopped":
            vms.start(text)
    return targets.resolve(text)


def applied(work: Opened, context: Context, yes: bool, upgrade: bool) -> Result | None:
    """Lock, plan, confirm, apply. Returns None if the user declines."""
    from binder_singlenode.cli import output, pace
    from binder_singlenode.cli.output.progress import Progress
    from binder_singlenode.provision import run_lock, workflow
    from binder_singlenode.provision.events import Result

    why = f"up {work.target.name}"
    with run_lock.locked(work.session, why) as log:
        planned = work.connection.plan(context)
        if not any(operation.change is not False for operation in planned.operations):
            if upgrade:
                workflow.keep(work.target, context.release)
            say("Nothing to do: the host is as it should be.")
            log.note("changed=0")
            return Result(0, len(planned.operations), 0.0)
        output.print_plan(planned, diff=False, console=output.stderr())
        if not confirm(f"Apply to {work.target.name}?", yes):
            return None
        if upgrade:  # before the first change: a rerun after a kill must use the same versions
            workflow.keep(work.target, context.release)
        where = f"{work.target.host.address}:{work.target.host.ssh.port}"
        with pace.kept(where, planned) as known, Progress(pace=known) as progress:
            result = work.connection.apply(progress.operation)
        log.note(f"changed={result.changed}")
        return result


def sample(context: Context, result: Result | None) -> str | None:
    """The repository to launch by default. None if nothing changed: that host was verified before."""
    wanted = result and result.changed
    return context.release.sample_repository if wanted else None


def conclude(target: Target, result: Result, checked: Report | None, seconds: float, as_json: bool) -> None:
    """Print the result, the failed checks and the next command. Raises Exit(1) if a check failed."""
    from binder_singlenode import config
    from binder_singlenode.binderhub.http import CLOSED_HINT
    from binder_singlenode.cli import output

    data: dict[str, Any] = {
        "host": target.name,
        "url": target.host.base_url,
        "changed": result.changed,
        "changes": list(result.changes),
        "operations": result.operations,
        "apply_seconds": round(result.seconds, 2),
        "seconds": round(seconds, 2),
        "verified": checked.ok if checked else None,
        "checks": [asdict(each) for each in checked.results] if checked else [],
    }

    def people() -> None:
        if checked:
            output.print_conclusion(checked, output.stderr())
        say(f"{result.changed} of {result.operations} operations changed something; {seconds:.0f} s in all.")
        print(target.host.base_url)

    emit(data, as_json, people)
    word = config.argument(target.host)
    if checked and not checked.ok:
        say(f"next: binder-singlenode verify {word}, and: binder-singlenode status {word}")
        raise typer.Exit(1)
    launch = f"binder-singlenode launch {word} REPOSITORY"
    say(f"next: {CLOSED_HINT if target.host.maintenance else launch}")
