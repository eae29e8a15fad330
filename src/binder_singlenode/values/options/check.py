"""Checks of the Helm values that helm does not make, or makes only on the host.

`config:` of the binderhub chart and `jupyterhub.hub.config:` are passed to traitlets unchanged. A wrong type
or unit there passes helm and both schemas, and the binder or hub pod then fails at its start, minutes later.
Misspelt names are worse: traitlets ignores them, so a misspelt quota or ban list does not apply, without any
error. The tables are in tables.py, hub_tables.py and charts.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from binder_singlenode.base.masking import names_secret
from binder_singlenode.errors import ConfigError
from binder_singlenode.values.options import code
from binder_singlenode.values.options.authenticators import NOT_CHECKED
from binder_singlenode.values.options.charts import problems_in_charts
from binder_singlenode.values.options.hub_tables import HUB_CLASSES
from binder_singlenode.values.options.names import close, meant
from binder_singlenode.values.options.tables import BINDER_CLASSES
from binder_singlenode.values.options.types import Check

Classes = Mapping[str, Mapping[str, Check]]

HINT = (
    "Correct release.extra_values in the host file; it is merged over the values that this program computes."
)


def check_options(values: Mapping[str, Any]) -> None:
    """Raises ConfigError naming every option that BinderHub or JupyterHub would refuse or ignore."""
    problems = list(problems_in(values))
    if problems:
        raise ConfigError("\n".join(problems), where="Helm values", hint=HINT)


def problems_in(values: Mapping[str, Any]) -> Iterator[str]:
    """One line per problem: the option's path, what is wrong, and what was probably meant."""
    yield from problems_in_part(values)
    yield from _quotas(values)
    yield from _hub_urls(values, _below(_below(values, "jupyterhub"), "hub"))


def problems_in_part(values: Mapping[str, Any]) -> Iterator[str]:
    """The same for values that are not complete, as release.extra_values in a host file."""
    yield from problems_in_charts(values)
    hub = _below(_below(values, "jupyterhub"), "hub")
    yield from _program(values, BINDER, HUB)
    yield from _program(hub, HUB, BINDER)


@dataclass(frozen=True)
class Program:
    """BinderHub or JupyterHub: its part of the values, and its classes."""

    name: str
    path: str
    classes: Classes


BINDER = Program("BinderHub", "", BINDER_CLASSES)
HUB = Program("JupyterHub", "jupyterhub.hub.", HUB_CLASSES)


def _program(values: Mapping[str, Any], program: Program, other: Program) -> Iterator[str]:
    """The options in `config` and in the Python code of `extraConfig`."""
    programs = code.texts(values.get("extraConfig"))
    source = "\n".join([*programs.values(), *_named_classes(values.get("config"))])
    found = Options(program, other, source, own_image="image" in values)
    yield from found.section(values.get("config"), f"{program.path}config")
    path = f"{program.path}extraConfig"
    yield from code.problems_in(values.get("extraConfig"), path)
    for key, text in programs.items():
        for line in code.assignments(text):
            where = f"{path}.{key}: line {line.line}: c.{line.name}"
            yield from found.one_class({line.option: line.value}, where, line.name)


def _below(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = values.get(key)
    return found if isinstance(found, Mapping) else {}


def _named_classes(config: Any) -> Iterator[str]:
    """The values of options such as authenticator_class."""
    for options in config.values() if isinstance(config, Mapping) else ():
        for name, value in options.items() if isinstance(options, Mapping) else ():
            if str(name).endswith("_class"):
                yield str(value)


@dataclass(frozen=True)
class Options:
    """The check of one program's options."""

    program: Program
    other: Program
    source: str
    """All Python code beside them, and the names of classes that options choose."""
    own_image: bool
    """With another image there may be options that are not listed here: then only typing errors count."""

    def section(self, section: Any, path: str) -> Iterator[str]:
        """Problems of a mapping of classes."""
        if section is None:
            return
        if not isinstance(section, Mapping):
            yield f"{path}: it must be a mapping of class names"
            return
        for name, options in section.items():
            if isinstance(options, Mapping):
                yield from self.one_class(options, f"{path}.{name}", str(name))
            else:
                yield f"{path}.{name}: it must be a mapping of options"

    def one_class(self, options: Mapping[str, Any], path: str, name: str) -> Iterator[str]:
        """Problems of the options of the class `name`."""
        classes = self.program.classes
        if name in classes:
            yield from self._options(options, path, classes[name])
        elif name in NOT_CHECKED or re.search(rf"(?<!\bc\.)\b{re.escape(name)}\b", self.source):
            return  # perhaps a class of the operator's own
        elif name in self.other.classes:
            yield f"{path}: this class is {self.other.name}'s: it goes below {self.other.path}config"
        elif found := close(name, classes, 1.0 if self.own_image else 0.85):
            yield f"{path}: there is no such class; did you mean {found}?"
        elif not self.own_image:
            yield f"{path}: there is no such class in {self.program.name}, so it would be ignored"

    def _options(self, options: Mapping[str, Any], path: str, checks: Mapping[str, Check]) -> Iterator[str]:
        for name, value in options.items():
            if name not in checks:
                hint = meant(str(name), checks)
                if hint or not self.own_image:
                    yield f"{path}.{name}: there is no such option, so it would be ignored{hint}"
            elif value is not code.UNKNOWN and (problem := checks[name](value)):
                hidden = names_secret(str(name)) or (isinstance(value, Mapping | list) and value)
                yield f"{path}.{name}: {problem}{'' if hidden else f', not {value!r}'}"


def _quotas(values: Mapping[str, Any]) -> Iterator[str]:
    """The total protects the machine from overload: it must be set, and per_repo_quota must not exceed it."""
    config = _below(values, "config")
    total = _below(config, "LaunchQuota").get("total_quota")
    share = _below(config, "BinderHub").get("per_repo_quota")
    if total is None:
        yield "config.LaunchQuota.total_quota: it must be a number, or sessions fill the machine without end"
    elif isinstance(total, int) and isinstance(share, int) and share > total > 0:
        yield f"config.BinderHub.per_repo_quota: {share} is more than the total quota, {total}"


def _hub_urls(values: Mapping[str, Any], hub: Mapping[str, Any]) -> Iterator[str]:
    """hub_url, hub_url_local and hub_routespec must all contain hub.baseUrl, or each launch ends in a 404."""
    base = hub.get("baseUrl", "/")
    if not isinstance(base, str) or not (base.startswith("/") and base.endswith("/")):
        yield f"jupyterhub.hub.baseUrl: it must begin and end with a slash, not {base!r}"
        return
    binder = _below(_below(values, "config"), "BinderHub")
    for name in ("hub_url", "hub_url_local"):
        url = binder.get(name)
        if isinstance(url, str) and url and not f"{url.rstrip('/')}/".endswith(base):
            yield f"config.BinderHub.{name}: {url} does not end with jupyterhub.hub.baseUrl, {base}"
    routespec = _below(_below(hub, "config"), "JupyterHub").get("hub_routespec", base)
    if isinstance(routespec, str) and not routespec.startswith(base):
        yield f"jupyterhub.hub.config.JupyterHub.hub_routespec: {routespec} does not begin with {base}"
