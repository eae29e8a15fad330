"""Commands that are imported and built only when used. A list of commands needs only names and help lines.

Building all commands at every start would make `--help` too slow.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption


class Verb(NamedTuple):
    """A command: `where` is module:function below commands/, `help` is its help line."""

    where: str
    help: str
    runs_program: bool = False
    """Whether the last argument is a program with its own options."""
    changes: bool = False
    """Whether the command changes something."""


class VerbGroup(TyperGroup):
    """A group with names and help lines of its commands, which are built when used."""

    verbs: ClassVar[Mapping[str, Verb | type[VerbGroup]]]
    line: ClassVar[str]

    def __init__(self, **attributes: Any) -> None:
        fixed = {
            "help": self.line,
            "no_args_is_help": True,
            "rich_markup_mode": None,
            "context_settings": {"help_option_names": ["-h", "--help"]},
        }
        super().__init__(**{**attributes, **fixed})
        self.commands = {name: _stand_in(name, verb) for name, verb in self.verbs.items()}

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """`help [COMMAND]` is `[COMMAND] --help`; the name of a shell may follow --show-completion."""
        if args[:1] == ["help"]:
            args = [*args[1:], "--help"]
        elif args and args[0].endswith("-completion"):
            from binder_singlenode.cli import completion

            if printed := completion.of_named_shell(args, ctx.find_root().info_name):
                print(printed)
                ctx.exit()
        return super().parse_args(ctx, args)

    def get_params(self, ctx: Any) -> list[Any]:
        """The group's own options. Flags default to False instead of None: to convert a None, typer imports
        pydantic, which takes 0.15 s per run."""
        params = super().get_params(ctx)
        for param in params:
            if getattr(param, "is_flag", False) and param.default is None:
                param.default = False
        return params

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command by its name and build it, in place of the placeholder."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, found and self.built(found.name or ""), rest

    def built(self, name: str) -> Any:
        """Build the command or the group with this name."""
        verb = self.verbs[name]
        return _command(name, verb) if isinstance(verb, Verb) else verb(name=name)


def _stand_in(name: str, verb: Verb | type[VerbGroup]) -> TyperCommand:
    """A placeholder with name and help line, enough for help pages and shell completion."""
    return TyperCommand(name, help=verb.help if isinstance(verb, Verb) else verb.line)


def _command(name: str, verb: Verb) -> Any:
    module, _, function = verb.where.partition(":")
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    kind = ProgramLast if verb.runs_program else Command
    app.command(name, help=verb.help, cls=kind)(
        getattr(import_module(f"{__package__}.commands.{module}"), function)
    )
    return typer.main.get_command(app)


class Command(TyperCommand):
    """A command that notes --json and starts its log once the whole command line has been read."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        from binder_singlenode.base import invocation
        from binder_singlenode.cli import run_log

        invocation.current().as_json = bool(ctx.params.get("as_json"))
        run_log.start(ctx)
        return super().invoke(ctx)


class ProgramLast(Command):
    """A command with a name, then a program. Options after it are the program's: `ssh HOST grep -v x`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Insert `--` before the program."""
        return super().parse_args(ctx, self._apart(args))

    def _apart(self, args: list[str]) -> list[str]:
        taking = {name for each in self.params if _takes_value(each) for name in each.opts}
        at = names = 0
        while at < len(args) and args[at] != "--":
            names += not args[at].startswith("-")
            if names == 2:
                return [*args[:at], "--", *args[at:]]
            at += 2 if args[at] in taking else 1
        return args


def _takes_value(param: Any) -> bool:
    return isinstance(param, TyperOption) and not param.is_flag
