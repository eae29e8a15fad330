"""What a shell is offered after Tab for hosts, components and providers. Nothing heavy is imported here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")
_DEFAULT_VM = "vm"


def hosts(incomplete: str) -> list[str]:
    """Names of host files and throwaway VMs that begin with the text."""
    here = Path("inventories")
    folders = [
        here if here.is_dir() else _home("XDG_CONFIG_HOME", ".config") / "inventories",
        _home("XDG_STATE_HOME", ".local/state") / "hosts",
    ]
    names = {_DEFAULT_VM}.union(*(_names(folder) for folder in folders))
    return sorted(name for name in names if name.startswith(incomplete))


def components(incomplete: str) -> list[str]:
    """Components with a log."""
    from binder_singlenode.cli.components import COMPONENTS

    return [name for name in COMPONENTS if name.startswith(incomplete)]


def providers(incomplete: str) -> list[str]:
    """VM providers."""
    from binder_singlenode.vm import PROVIDERS

    return [name for name in PROVIDERS if name.startswith(incomplete)]


def of_named_shell(arguments: list[str], program: str) -> str | None:
    """What `--show-completion SHELL` or `--install-completion SHELL` prints; None for other arguments.

    typer itself ignores the name and takes the shell that runs this program.
    """
    if len(arguments) != 2 or arguments[1] not in SHELLS:
        return None
    from typer.completion import get_completion_script, install  # type: ignore[attr-defined]

    option, shell = arguments
    variable = f"_{program.replace('-', '_').upper()}_COMPLETE"
    if option == "--show-completion":
        return get_completion_script(prog_name=program, complete_var=variable, shell=shell)
    if option == "--install-completion":
        name, path = install(shell=shell, prog_name=program, complete_var=variable)
        return f"{name} completion installed in {path}"
    return None


def _home(variable: str, default: str) -> Path:
    base = Path(os.environ.get(variable, ""))
    return (base if base.is_absolute() else Path.home() / default) / "binder-singlenode"


def _names(folder: Any) -> set[str]:
    try:
        files = [path for path in folder.iterdir() if path.suffix in (".yaml", ".yml")]
    except OSError:
        return set()
    return {path.stem for path in files if not path.stem.endswith(".lock")}
