"""The host file: models and loading."""

from pathlib import Path

from ruamel.yaml import YAML

from binder_singlenode.config.model import (
    API_VERSION,
    Builds,
    Host,
    Images,
    Network,
    Node,
    Release,
    Sessions,
    Ssh,
)

__all__ = [
    "API_VERSION",
    "Builds",
    "Host",
    "Images",
    "Network",
    "Node",
    "Release",
    "Sessions",
    "Ssh",
    "load",
    "loads",
]


def loads(text: str, name: str) -> Host:
    """The host in the YAML `text`."""
    return Host.model_validate(YAML(typ="safe", pure=True).load(text))


def load(path: Path) -> Host:
    """The host in the file `path`."""
    host = loads(path.read_text(encoding="utf-8"), str(path))
    host._file = path.resolve()
    return host
