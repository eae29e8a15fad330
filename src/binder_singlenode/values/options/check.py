"""Checks of the options of Python classes in the Helm values, which no chart schema checks.

`config:` of the binderhub chart and `jupyterhub.hub.config:` are passed to traitlets unchanged. A wrong type
or unit there passes helm and both schemas, and the binder or hub pod then fails at its start, minutes later.
Misspelt names are worse: traitlets ignores them, so a misspelt quota does not apply, without any error.
The tables are in tables.py; classes that are not in them are not checked.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from binder_singlenode.base.masking import names_secret
from binder_singlenode.errors import ConfigError
from binder_singlenode.values.options.tables import BINDER_CLASSES, HUB_CLASSES
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
    yield from _section(values.get("config"), "config", BINDER_CLASSES, complete=True)
    hub = _below(_below(values, "jupyterhub"), "hub")
    yield from _section(hub.get("config"), "jupyterhub.hub.config", HUB_CLASSES, complete=False)
    yield from _quotas(values)
    yield from _hub_urls(values, hub)


def _below(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = values.get(key)
    return found if isinstance(found, Mapping) else {}


def _section(section: Any, path: str, classes: Classes, *, complete: bool) -> Iterator[str]:
    if section is None:
        return
    if not isinstance(section, Mapping):
        yield f"{path}: it must be a mapping of class names"
        return
    for name, options in section.items():
        if not isinstance(options, Mapping):
            yield f"{path}.{name}: it must be a mapping of options"
        elif name in classes:
            yield from _class(options, f"{path}.{name}", classes[name], complete)
        elif close := difflib.get_close_matches(str(name), classes, n=1, cutoff=0.85):
            yield f"{path}.{name}: there is no such class; did you mean {close[0]}?"


def _class(
    options: Mapping[str, Any], path: str, checks: Mapping[str, Check], complete: bool
) -> Iterator[str]:
    for name, value in options.items():
        if name not in checks and not complete:
            continue
        if name not in checks:
            close = difflib.get_close_matches(str(name), checks, n=1, cutoff=0.6)
            hint = f"; did you mean {close[0]}?" if close else ""
            yield f"{path}.{name}: there is no such option, so it would be ignored{hint}"
        elif problem := checks[name](value):
            shown = "" if names_secret(str(name)) else f", not {value!r}"
            yield f"{path}.{name}: {problem}{shown}"


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
