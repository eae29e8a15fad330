"""Sign-in in the Helm values: the provider identifies users to JupyterHub, and JupyterHub to BinderHub.

Based on BinderHub's documentation (authentication.rst); the options are those of oauthenticator 17.3.
"""

from __future__ import annotations

from typing import Any

from binder_singlenode.config import Host, SignIn
from binder_singlenode.config.secrets.resolve import SecretValues
from binder_singlenode.layout import names
from binder_singlenode.sizing.size import Sizing

SESSIONS_PER_USER = 3
"""Limit of named servers: without them, a second launch is refused until the first session has ended.
BinderHub counts running servers only. JupyterHub would also count ended ones and finally refuse all launches.
"""

_GROUPS = """\
def _groups(auth_state):
    user, claim = auth_state["oauth_user"], {claim}
    if claim in user:
        return user[claim] or []
    for name in claim.split("."):
        user = user.get(name) if isinstance(user, dict) else None
    return user or []


c.GenericOAuthenticator.auth_state_groups_key = _groups
"""
_CLASSES = {
    "github": ("github", "GitHubOAuthenticator"),
    "gitlab": ("gitlab", "GitLabOAuthenticator"),
    "oidc": ("generic-oauth", "GenericOAuthenticator"),
}


def sign_in_values(host: Host, sizing: Sizing, secrets: SecretValues) -> dict[str, Any]:
    """Values for sign-in, to merge on top; empty when sign-in is off."""
    sign_in = host.sign_in
    if not sign_in.on:
        return {}
    return {
        # Pages of other sites must not use a signed-in user's account.
        "config": {
            "BinderHub": {"auth_enabled": True, "cors_allow_origin": ""},
            "Launcher": {"named_server_limit_per_user": SESSIONS_PER_USER},
        },
        "jupyterhub": {
            "cull": {"users": False, "removeNamedServers": True},
            "hub": {
                "config": _hub_config(host, secrets),
                **_code(host.sign_in),
                "allowNamedServers": True,
                "namedServerLimitPerUser": 0,
                # Users can also start a server on the hub's own page, where BinderHub's quota does not apply.
                "activeServerLimit": sizing.sessions.quota,
                "redirectToServer": False,
                "services": {
                    "binder": {
                        "oauth_client_id": "service-binderhub",
                        "oauth_no_confirm": True,
                        "oauth_redirect_uri": f"{host.base_url}/oauth_callback",
                    },
                    # The chart creates its token; the checks launch with it (binderhub/account.py).
                    names.HUB_SERVICE: {"display": False},
                },
                "loadRoles": {
                    "user": {"scopes": ["self", "access:services!service=binder"]},
                    names.HUB_SERVICE: {
                        "scopes": list(names.HUB_SCOPES),
                        "services": [names.HUB_SERVICE],
                    },
                },
            },
            # Sessions check each visitor with the hub; with the chart's own command they would not.
            "singleuser": {"cmd": ["jupyterhub-singleuser"]},
        },
    }


def _hub_config(host: Host, secrets: SecretValues) -> dict[str, Any]:
    short, name = _CLASSES[host.sign_in.provider]
    return {
        # The hub now serves sign-in pages: all of its paths are routed to it, not only those of its API.
        "JupyterHub": {"authenticator_class": short, "hub_routespec": host.hub_path},
        "BinderSpawner": {"auth_enabled": True, "cors_allow_origin": ""},
        name: _application(host, secrets) | _people(host.sign_in) | _provider(host),
    }


def _application(host: Host, secrets: SecretValues) -> dict[str, Any]:
    return {
        "client_id": host.sign_in.client_id,
        "client_secret": secrets["sign_in.client_secret"].get_secret_value(),
        "oauth_callback_url": f"{host.hub_url}hub/oauth_callback",
    }


def _people(sign_in: SignIn) -> dict[str, Any]:
    """Access policy: listed users and administrators may sign in. An earlier sign-in alone is not enough."""
    allowed = sign_in.allowed
    lists = {"allowed_users": allowed.users, "admin_users": sign_in.admins}
    rules = {"allow_all": allowed.everyone, "allow_existing_users": False}
    return rules | {name: list(users) for name, users in lists.items() if users}


def _provider(host: Host) -> dict[str, Any]:
    return {"github": _github, "gitlab": _gitlab, "oidc": _oidc}[host.sign_in.provider](host)


def _github(host: Host) -> dict[str, Any]:
    organizations = list(host.sign_in.allowed.organizations)
    found: dict[str, Any] = {"github_url": f"https://{host.github.host}"}
    if organizations:  # without the scope, GitHub shows public memberships only
        found |= {"allowed_organizations": organizations, "scope": ["read:org"]}
    return found


def _gitlab(host: Host) -> dict[str, Any]:
    groups = list(host.sign_in.allowed.groups)
    found: dict[str, Any] = {"gitlab_url": f"https://{host.gitlab.host}", "scope": ["read_user"]}
    if groups:
        found |= {"allowed_gitlab_groups": groups, "scope": ["read_api"]}
    return found


def _oidc(host: Host) -> dict[str, Any]:
    sign_in = host.sign_in
    found: dict[str, Any] = {
        "authorize_url": sign_in.authorize_url,
        "token_url": sign_in.token_url,
        "userdata_url": sign_in.userdata_url,
        "username_claim": sign_in.username_claim,
        "scope": list(sign_in.scopes),
    }
    if sign_in.allowed.groups:
        found |= {"manage_groups": True, "allowed_groups": list(sign_in.allowed.groups)}
        if not _has_path(sign_in):
            found["auth_state_groups_key"] = f"oauth_user.{sign_in.groups_claim}"
    return found


def _has_path(sign_in: SignIn) -> bool:
    return sign_in.provider == "oidc" and bool(sign_in.allowed.groups) and "." in sign_in.groups_claim


def _code(sign_in: SignIn) -> dict[str, Any]:
    """For a claim with dots, which oauthenticator would take for levels of nested claims. Some providers name
    claims by a URL (https://example.org/groups), others do nest them (realm_access.roles)."""
    if not _has_path(sign_in):
        return {}
    return {"extraConfig": {"01-groups": _GROUPS.format(claim=repr(sign_in.groups_claim))}}
