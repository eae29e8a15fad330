"""The command line: a literal list of verbs. Each lives in a small file of commands/."""

from typing import Annotated

import typer

from binder_singlenode.commands import hostfile, prove, provision, remote, removal, state, vm

app = typer.Typer(
    name="binder-singlenode",
    help="One command turns one bare VM into a BinderHub that keeps Binder's promises.",
    epilog="HOST is a name in inventories/, user@address, or vm: a throwaway VM on this computer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command()(hostfile.init)
app.command()(provision.check)
app.command()(provision.plan)
app.command()(provision.up)
app.command()(prove.verify)
app.command()(state.status)
app.command()(prove.launch)
app.command()(remote.logs)
app.command(context_settings={"ignore_unknown_options": True})(remote.kubeconfig)
app.command(context_settings={"ignore_unknown_options": True})(remote.ssh)
app.command()(prove.size)
app.command()(hostfile.schema)
app.command()(removal.down)
app.add_typer(vm.app, name="vm")


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(version("binder-singlenode"))
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """One command turns one bare VM into a BinderHub that keeps Binder's promises."""
