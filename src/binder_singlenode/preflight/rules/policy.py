"""The preflight's rules about access policy: warnings only, which the operator should know beforehand."""

from __future__ import annotations

from collections.abc import Iterator

from binder_singlenode.base.units import parse_duration_s
from binder_singlenode.config import Host
from binder_singlenode.preflight.problem import Problem

PROMISED = {"max_age": "12h", "idle_timeout": "10m"}
"""https://mybinder.readthedocs.io/en/latest/about/user-guidelines.html: how long a session lasts."""


def private_repositories(host: Host) -> Iterator[Problem]:
    """A token reads private repositories, and everybody can launch."""
    for name, provider in (("github", host.github), ("gitlab", host.gitlab)):
        if provider.private_repositories and not host.sign_in.on:
            yield Problem(
                f"whoever reaches {host.base_url} can launch, and so read, all that the token may",
                f"{name}.private_repositories",
                "set sign_in, or make sure that only the intended users can reach the host",
                fatal=False,
            )


def sign_in(host: Host) -> Iterator[Problem]:
    """Sign-in cookies over http, which others on the network path can read."""
    if host.sign_in.on and host.base_url.startswith("http://"):
        yield Problem(
            f"users sign in at {host.base_url}: over http, whoever is on the way can become them",
            "sign_in",
            "set tls, as in tls: acme (or url: https://… when a proxy in front does the encryption)",
            fatal=False,
        )


def session_times(host: Host) -> Iterator[Problem]:
    """Sessions shorter than Binder promises: the operator may choose this, but should tell the users."""
    asked = {"max_age": host.sessions.max_age, "idle_timeout": host.sessions.idle_timeout}
    for name, promised in PROMISED.items():
        if parse_duration_s(asked[name]) < parse_duration_s(promised):
            yield Problem(
                f"{asked[name]} is less than the {promised} that Binder's users are promised",
                f"sessions.{name}",
                "leave it out, or tell your users",
                fatal=False,
            )
