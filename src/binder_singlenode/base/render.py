"""Render files from templates: the only module that uses jinja2.

An undefined name in a template is an error, never an empty string. The output is for configuration files, so
nothing is HTML-escaped.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

PACKAGE = "binder_singlenode"


@cache
def environment() -> Environment:
    """One environment for the process; templates come from inside the package (wheel or checkout)."""
    environment = Environment(  # noqa: S701 - configuration files, not HTML
        loader=PackageLoader(PACKAGE, "templates"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["quoted"] = quoted
    return environment


def quoted(value: object) -> str:
    """A string in double quotes that YAML, TOML and JSON all read back as the same string."""
    return json.dumps(str(value), ensure_ascii=False)


def render(name: str, **values: Any) -> str:
    """The text of template `name` (such as "k3s/k3s-config.yaml.j2").

    Raises jinja2.TemplateNotFound or UndefinedError: both are bugs in binder-singlenode, not user errors.
    """
    return environment().get_template(name).render(**values)
