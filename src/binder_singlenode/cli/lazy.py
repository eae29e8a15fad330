"""Commands that are imported and built when they are asked for: a list of them needs their names and lines.

To build them all at every start would take longer than `--help` may.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption


class Verb(NamedTuple):
    """Where a command lives, as module:function below commands/, and the line that says what it does."""

    where: str
    help: str
    runs_program: bool = False
    """Whether its last argument is a program with options of its own."""


class VerbGroup(TyperGroup):
    """A group that knows its verbs by name and line."""

    verbs: ClassVar[Mapping[str, Verb | type[VerbGroup]]]
    line: ClassVar[str]

    def __init__(self, **attributes: Any) -> None:
        fixed = {"help": self.line, "no_args_is_help": True, "rich_markup_mode": None}
        super().__init__(**{**attributes, **fixed})
        self.commands = {name: _stand_in(name, verb) for name, verb in self.verbs.items()}

    def get_params(self, ctx: Any) -> list[Any]:
        """The group's own options, with False for a flag that nobody gave: to coerce a None, typer imports
        pydantic, 0.15 s a run."""
        params = super().get_params(ctx)
        for param in params:
            if getattr(param, "is_flag", False) and param.default is None:
                param.default = False
        return params

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that is meant, no longer its stand-in."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, found and self.built(found.name or ""), rest

    def built(self, name: str) -> Any:
        """The command of that name, or the group."""
        verb = self.verbs[name]
        return _command(name, verb) if isinstance(verb, Verb) else verb(name=name)


def _stand_in(name: str, verb: Verb | type[VerbGroup]) -> TyperCommand:
    """Enough of a command for a list of them, in a help page or for a shell's completion."""
    return TyperCommand(name, help=verb.help if isinstance(verb, Verb) else verb.line)


def _command(name: str, verb: Verb) -> Any:
    module, _, function = verb.where.partition(":")
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    kind = ProgramLast if verb.runs_program else TyperCommand
    app.command(name, help=verb.help, cls=kind)(
        getattr(import_module(f"{__package__}.commands.{module}"), function)
    )
    return typer.main.get_command(app)


class ProgramLast(TyperCommand):
    """A name, then a program, from whose first word on no option is ours: `ssh HOST grep -v x`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Set the program apart by `--`, as a careful person does."""
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
