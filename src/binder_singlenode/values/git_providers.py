"""GitHub and GitLab in the Helm values: tokens for their APIs, and for clones only with private_repositories.

By default BinderHub passes an API token to every build pod. There git sends it to any server that requests a
login, so a repository with a submodule on another server can steal the token. So builds get the token only
with private_repositories, and git is configured to send it only to the provider's own server.
"""

from __future__ import annotations

from typing import Any

from binder_singlenode.config import GitHub, GitLab, Host
from binder_singlenode.config.secrets.resolve import SecretValues


def provider_values(host: Host, secrets: SecretValues) -> dict[str, Any]:
    """Values for GitHub and GitLab, to merge on top; empty when both have their defaults."""
    config: dict[str, Any] = {}
    github = _github(host.github) | _token("access_token", host.github, secrets.get("github.token"))
    gitlab = _gitlab(host.gitlab) | _token("private_token", host.gitlab, secrets.get("gitlab.token"))
    config |= {"GitHubRepoProvider": github} if github else {}
    config |= {"GitLabRepoProvider": gitlab} if gitlab else {}
    config |= _gists(host.github, github)
    private = [each.host for each in (host.github, host.gitlab) if each.private_repositories]
    if private:
        config["KubernetesBuildExecutor"] = {"extra_envs": git_helper_for(private)}
    return {"config": config} if config else {}


def git_helper_for(hosts: list[str]) -> dict[str, str]:
    """git settings as environment variables: disable repo2docker's credential helper (named "env"), which
    answers any server, and enable it for `hosts` only. git applies these settings to submodules too."""
    settings = [("credential.helper", "")]
    settings += [(f"credential.https://{host}.helper", "env") for host in hosts]
    found = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return found


def _github(github: GitHub) -> dict[str, Any]:
    if github.host == "github.com":
        return {}
    return {"hostname": github.host, "api_base_path": "https://{hostname}/api/v3"}


def _gists(github: GitHub, options: dict[str, Any]) -> dict[str, Any]:
    """Gists are always GitHub's own: BinderHub asks api.github.com about them. Its class for gists inherits
    the options of GitHubRepoProvider, so the token of another server would go there, and be refused."""
    if github.host == "github.com" or "access_token" not in options:
        return {}
    return {"GistRepoProvider": {"access_token": "", "git_credentials": ""}}


def _gitlab(gitlab: GitLab) -> dict[str, Any]:
    return {} if gitlab.host == "gitlab.com" else {"hostname": gitlab.host}


def _token(name: str, provider: GitHub | GitLab, token: Any) -> dict[str, Any]:
    """The token. BinderHub also makes clone credentials from it, unless git_credentials is set to ""."""
    if token is None:
        return {}
    return {name: token.get_secret_value()} | (
        {} if provider.private_repositories else {"git_credentials": ""}
    )
