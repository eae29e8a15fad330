"""Tokens and sign-in in the Helm values: valid for both charts, and each where it belongs."""

from types import SimpleNamespace
from typing import Any

import pytest

from .values_bed import GITHUB, TOKEN, checked_values

OIDC = {
    "provider": "oidc",
    "client_id": "a",
    "client_secret": "env:A",
    "authorize_url": "https://login.example.org/authorize",
    "token_url": "https://login.example.org/token",
    "userdata_url": "https://login.example.org/userinfo",
}


def test_without_these_sections_nothing_is_added() -> None:
    plain = checked_values()
    assert {"GitHubRepoProvider", "GitLabRepoProvider"}.isdisjoint(plain["config"])
    assert "extraEnv" not in plain
    assert plain["jupyterhub"]["hub"]["config"]["JupyterHub"]["authenticator_class"] == "null"


def test_a_github_token_is_for_the_api_and_not_for_builds() -> None:
    config = checked_values(github={"token": "env:A"})["config"]
    assert config["GitHubRepoProvider"] == {"access_token": f"{TOKEN}-github.token", "git_credentials": ""}
    assert "GIT_CONFIG_COUNT" not in config["KubernetesBuildExecutor"]["extra_envs"]


def test_with_private_repositories_builds_get_it_for_one_server_alone() -> None:
    config = checked_values(github={"token": "env:A", "private_repositories": True})["config"]
    assert config["GitHubRepoProvider"] == {"access_token": f"{TOKEN}-github.token"}
    environment = config["KubernetesBuildExecutor"]["extra_envs"]
    assert environment["GIT_CONFIG_KEY_1"] == "credential.https://github.com.helper"
    assert environment["BUILDX_NO_DEFAULT_ATTESTATIONS"] == "1"


def test_servers_of_ones_own() -> None:
    servers = {"github": {"host": "github.example.org"}, "gitlab": {"host": "gitlab.example.org"}}
    config = checked_values(**servers)["config"]
    assert config["GitHubRepoProvider"] == {
        "hostname": "github.example.org",
        "api_base_path": "https://{hostname}/api/v3",
    }
    assert config["GitLabRepoProvider"] == {"hostname": "gitlab.example.org"}


def test_a_gitlab_token() -> None:
    config = checked_values(gitlab={"token": "env:A"})["config"]
    assert config["GitLabRepoProvider"] == {"private_token": f"{TOKEN}-gitlab.token", "git_credentials": ""}


def test_sign_in_through_github() -> None:
    allowed = {"users": ["alice"], "organizations": ["example-org", "other:team"]}
    rendered = checked_values(sign_in=GITHUB | {"allowed": allowed, "admins": ["bob"]})
    hub = rendered["jupyterhub"]["hub"]
    assert rendered["config"]["BinderHub"]["auth_enabled"] is True
    assert hub["config"]["BinderSpawner"]["auth_enabled"] is True
    jupyterhub = hub["config"]["JupyterHub"]
    assert (jupyterhub["authenticator_class"], jupyterhub["hub_routespec"]) == ("github", "/jupyter/")
    assert hub["config"]["GitHubOAuthenticator"] == {
        "client_id": "a",
        "client_secret": f"{TOKEN}-sign_in.client_secret",
        "oauth_callback_url": "http://binder.example.org/jupyter/hub/oauth_callback",
        "github_url": "https://github.com",
        "allow_all": False,
        "allow_existing_users": False,
        "allowed_users": ["alice"],
        "admin_users": ["bob"],
        "allowed_organizations": ["example-org", "other:team"],
        "scope": ["read:org"],
    }
    assert hub["services"]["binder"]["oauth_redirect_uri"] == "http://binder.example.org/oauth_callback"
    assert "access:services!service=binder" in hub["loadRoles"]["user"]["scopes"]
    assert rendered["jupyterhub"]["singleuser"]["cmd"] == ["jupyterhub-singleuser"]
    assert rendered["jupyterhub"]["cull"]["users"] is False


def test_nobody_elses_page_reads_with_an_account() -> None:
    rendered = checked_values(sign_in=GITHUB | {"allowed": {"everyone": True}})
    spawner = rendered["jupyterhub"]["hub"]["config"]["BinderSpawner"]
    assert rendered["config"]["BinderHub"]["cors_allow_origin"] == spawner["cors_allow_origin"] == ""


def test_sign_in_through_gitlab() -> None:
    sign_in = GITHUB | {"provider": "gitlab", "allowed": {"groups": ["example/group"]}}
    rendered = checked_values(sign_in=sign_in, gitlab={"host": "gitlab.example.org"})
    config = rendered["jupyterhub"]["hub"]["config"]
    assert config["JupyterHub"]["authenticator_class"] == "gitlab"
    assert (
        config["GitLabOAuthenticator"]
        | {
            "gitlab_url": "https://gitlab.example.org",
            "allowed_gitlab_groups": ["example/group"],
            "scope": ["read_api"],
        }
        == config["GitLabOAuthenticator"]
    )


GROUPS = ["staff"]


@pytest.mark.parametrize(
    ("claim", "user", "groups"),
    [
        ("https://claims.example.org/groups", {"https://claims.example.org/groups": GROUPS}, GROUPS),
        ("realm_access.roles", {"realm_access": {"roles": GROUPS}}, GROUPS),
        ("realm_access.roles", {"realm_access": None}, []),
        ("a.b", {"a": {"b": ["other"]}, "a.b": GROUPS}, GROUPS),
        ('quo"te.{x}😀', {'quo"te.{x}😀': GROUPS}, GROUPS),
        ("no.thing", {"no.thing": None}, []),
    ],
)
def test_a_claim_with_dots_is_a_name_or_a_path(claim: str, user: dict[str, Any], groups: list[str]) -> None:
    sign_in = OIDC | {"groups_claim": claim, "allowed": {"groups": GROUPS}}
    hub = checked_values(sign_in=sign_in)["jupyterhub"]["hub"]
    assert "auth_state_groups_key" not in hub["config"]["GenericOAuthenticator"]
    c = SimpleNamespace(GenericOAuthenticator=SimpleNamespace())
    exec(hub["extraConfig"]["01-groups"], {"c": c})
    assert c.GenericOAuthenticator.auth_state_groups_key({"oauth_user": user}) == groups


def test_sign_in_through_openid_connect() -> None:
    sign_in = OIDC | {"groups_claim": "roles", "allowed": {"groups": ["staff"]}}
    config = checked_values(sign_in=sign_in)["jupyterhub"]["hub"]["config"]
    assert config["JupyterHub"]["authenticator_class"] == "generic-oauth"
    assert (
        config["GenericOAuthenticator"]
        | {
            "authorize_url": "https://login.example.org/authorize",
            "token_url": "https://login.example.org/token",
            "userdata_url": "https://login.example.org/userinfo",
            "username_claim": "preferred_username",
            "scope": ["openid", "profile"],
            "manage_groups": True,
            "auth_state_groups_key": "oauth_user.roles",
            "allowed_groups": ["staff"],
        }
        == config["GenericOAuthenticator"]
    )
