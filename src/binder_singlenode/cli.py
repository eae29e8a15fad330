"""The command line: a literal list of verbs. Each lives in a small file of commands/."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from binder_singlenode.commands import hostfile, prove, provision, remote, removal, state, vm


class QuickGroup(TyperGroup):
    """Flags that nobody gave are False, not None: to coerce a None, typer imports pydantic, 0.15 s a run."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The program's own options."""
        params = super().get_params(ctx)
        for param in params:
            if getattr(param, "is_flag", False) and param.default is None:
                param.default = False
        return params


app = typer.Typer(
    cls=QuickGroup,
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
