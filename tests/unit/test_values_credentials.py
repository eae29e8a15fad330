"""Tokens, sign-in and the web proxy in the Helm values: valid for both charts, and each where it belongs."""

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import SecretStr

from binder_singlenode import proxy, secret_values, versions
from binder_singlenode.config import Host
from binder_singlenode.sizing import Machine, size
from binder_singlenode.values import helm_values
from binder_singlenode.values_providers import git_helper_for
from binder_singlenode.versions import Artifact, Release

SCHEMAS = Path(__file__).parent.parent / "data" / "charts"
TOKEN = "glpat-0123456789abcdefghij"
SECRETS = {
    name: SecretStr(f"{TOKEN}-{name}") for name in ("github.token", "gitlab.token", "sign_in.client_secret")
}
PROXY = {"http": "http://192.0.2.1:3128", "no_proxy": ["git.example.org"]}
GITHUB = {"provider": "github", "client_id": "a", "client_secret": "env:A"}
OIDC = {
    "provider": "oidc",
    "client_id": "a",
    "client_secret": "env:A",
    "authorize_url": "https://login.example.org/authorize",
    "token_url": "https://login.example.org/token",
    "userdata_url": "https://login.example.org/userinfo",
}


def values(**sections: Any) -> dict[str, Any]:
    """The values for a host file with these sections."""
    host = Host.model_validate({"address": "198.51.100.7", "hostname": "binder.example.org", **sections})
    one = Artifact("k3s", "v1", "0" * 64)
    release = Release("amd64", one, one, one, one, (), versions.default_settings())
    machine = Machine(62 * 1024**3, 16, 200 * 1024**3)
    secrets = {field: secret for field, secret in SECRETS.items() if secret_values.reference(host, field)}
    rendered = helm_values(host, size(machine, host), release, secrets)
    assert_valid("binderhub.schema.json", rendered)
    assert_valid("jupyterhub-4.2.0.schema.json", rendered["jupyterhub"])
    return rendered


def assert_valid(schema: str, document: dict[str, Any]) -> None:
    """The official schemas, as test_values.py reads them."""
    text = json.loads((SCHEMAS / schema).read_text())
    found = jsonschema.validators.validator_for(text)(text).iter_errors(document)
    assert [e.message for e in found if e.validator != "required"] == []


def test_without_these_sections_nothing_is_added() -> None:
    plain = values()
    assert {"GitHubRepoProvider", "GitLabRepoProvider"}.isdisjoint(plain["config"])
    assert "extraEnv" not in plain
    assert plain["jupyterhub"]["hub"]["config"]["JupyterHub"]["authenticator_class"] == "null"


def test_a_github_token_is_for_the_api_and_not_for_builds() -> None:
    config = values(github={"token": "env:A"})["config"]
    assert config["GitHubRepoProvider"] == {"access_token": f"{TOKEN}-github.token", "git_credentials": ""}
    assert "GIT_CONFIG_COUNT" not in config["KubernetesBuildExecutor"]["extra_envs"]


def test_with_private_repositories_builds_get_it_for_one_server_alone() -> None:
    config = values(github={"token": "env:A", "private_repositories": True})["config"]
    assert config["GitHubRepoProvider"] == {"access_token": f"{TOKEN}-github.token"}
    environment = config["KubernetesBuildExecutor"]["extra_envs"]
    assert environment["GIT_CONFIG_KEY_1"] == "credential.https://github.com.helper"
    assert environment["BUILDX_NO_DEFAULT_ATTESTATIONS"] == "1"


def test_servers_of_ones_own() -> None:
    config = values(github={"host": "github.example.org"}, gitlab={"host": "gitlab.example.org"})["config"]
    assert config["GitHubRepoProvider"] == {
        "hostname": "github.example.org",
        "api_base_path": "https://{hostname}/api/v3",
    }
    assert config["GitLabRepoProvider"] == {"hostname": "gitlab.example.org"}


def test_a_gitlab_token() -> None:
    config = values(gitlab={"token": "env:A"})["config"]
    assert config["GitLabRepoProvider"] == {"private_token": f"{TOKEN}-gitlab.token", "git_credentials": ""}


def test_sign_in_through_github() -> None:
    allowed = {"users": ["alice"], "organizations": ["example-org", "other:team"]}
    rendered = values(sign_in=GITHUB | {"allowed": allowed, "admins": ["bob"]})
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
    rendered = values(sign_in=GITHUB | {"allowed": {"everyone": True}})
    spawner = rendered["jupyterhub"]["hub"]["config"]["BinderSpawner"]
    assert rendered["config"]["BinderHub"]["cors_allow_origin"] == spawner["cors_allow_origin"] == ""


def test_sign_in_through_gitlab() -> None:
    sign_in = GITHUB | {"provider": "gitlab", "allowed": {"groups": ["example/group"]}}
    rendered = values(sign_in=sign_in, gitlab={"host": "gitlab.example.org"})
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


def test_sign_in_through_openid_connect() -> None:
    sign_in = OIDC | {"groups_claim": "roles", "allowed": {"groups": ["staff"]}}
    config = values(sign_in=sign_in)["jupyterhub"]["hub"]["config"]
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


@pytest.mark.parametrize("subject", ["http", "https"])
def test_one_proxy_url_is_for_both(subject: str) -> None:
    host = Host.model_validate({"address": "a.b", "proxy": {"http": "http://proxy.example.org:3128"}})
    assert proxy.environment(host)[f"{subject}_proxy"] == "http://proxy.example.org:3128"
    assert proxy.doors(host) == ["proxy.example.org:3128"]


def test_the_proxy_in_the_builder_build_pods_run_binderhub_and_sessions() -> None:
    rendered = values(proxy=PROXY)
    hub, config = rendered["jupyterhub"], rendered["config"]
    environments = [
        rendered["extraEnv"],
        hub["hub"]["extraEnv"],
        hub["singleuser"]["extraEnv"],
        config["KubernetesBuildExecutor"]["extra_envs"],
    ]
    for environment in environments:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
            assert environment[name] == "http://192.0.2.1:3128"
        assert environment["NO_PROXY"] == environment["no_proxy"]
    client = config["BinderHub"]["buildDockerConfig"]["proxies"]["default"]
    assert (client["httpProxy"], client["httpsProxy"]) == ("http://192.0.2.1:3128",) * 2
    arguments = rendered["dind"]["daemonset"]["extraArgs"]
    assert "--http-proxy=http://192.0.2.1:3128" in arguments
    assert f"--no-proxy={client['noProxy']}" in arguments
    assert any(argument.startswith("--insecure-registry=") for argument in arguments)


def test_what_is_never_asked_of_the_proxy() -> None:
    listed = values(proxy=PROXY, network={"service_cidr": "10.99.0.0/16"})["extraEnv"]["NO_PROXY"].split(",")
    assert {"10.42.0.0/16", "10.99.0.0/16", "10.99.0.1", "10.99.0.50"} <= set(listed)
    assert {"localhost", "127.0.0.1", ".svc", ".cluster.local", "hub", "proxy-public"} <= set(listed)
    assert {"198.51.100.7", "binder.example.org", "git.example.org"} <= set(listed)
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    ("url", "cidr", "port"),
    [
        ("http://192.0.2.1:3128", "192.0.2.1/32", 3128),
        ("http://10.0.0.1", "10.0.0.1/32", 80),
        ("http://proxy.example.org:8080", "0.0.0.0/0", 8080),
    ],
)
def test_sessions_may_talk_to_the_proxy(url: str, cidr: str, port: int) -> None:
    egress = values(proxy={"http": url})["jupyterhub"]["singleuser"]["networkPolicy"]["egress"]
    assert len(egress) == 2
    assert egress[1]["ports"] == [{"protocol": "TCP", "port": port}]
    (to,) = egress[1]["to"]
    assert to["ipBlock"]["cidr"] == cidr
    metadata = ["169.254.0.0/16"] if cidr == "0.0.0.0/0" else None
    assert to["ipBlock"].get("except") == metadata, "a name may be anywhere, but not where the metadata is"


class _Thief(BaseHTTPRequestHandler):
    """A git server that wants a login, and writes down what it is given."""

    stolen: list[str]

    def do_GET(self) -> None:
        if "Authorization" in self.headers:
            self.stolen.append(self.headers["Authorization"])
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="x"')
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Silent."""


@pytest.fixture
def thief() -> Iterator[tuple[str, list[str]]]:
    """Its address, and what it was given."""
    stolen: list[str] = []
    server = HTTPServer(("127.0.0.1", 0), type("Thief", (_Thief,), {"stolen": stolen}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/x.git", stolen
    server.shutdown()
    server.server_close()


@pytest.fixture
def build_pod(tmp_path: Path) -> dict[str, str]:
    """What repo2docker's image has: a helper that answers whoever asks, as a setting of the whole system."""
    helper = tmp_path / "bin" / "git-credential-env"
    helper.parent.mkdir()
    helper.write_text('#!/bin/bash\necho -e "$GIT_CREDENTIAL_ENV"\n')
    helper.chmod(0o755)
    system = tmp_path / "gitconfig"
    system.write_text("[credential]\n\thelper = env\n[protocol]\n\tallow = always\n")
    return {
        "PATH": f"{helper.parent}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "GIT_CONFIG_SYSTEM": str(system),
        "GIT_CREDENTIAL_ENV": rf"username={TOKEN}\npassword=x-oauth-basic",
        "GIT_TERMINAL_PROMPT": "0",
    }


def repository_with_submodule(folder: Path, url: str, environment: dict[str, str]) -> Path:
    """Anybody's repository, whose submodule is on a server of theirs."""
    repository = folder / "repository"
    commands = [
        ["init", "-q"],
        ["update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ]
    repository.mkdir()
    (repository / ".gitmodules").write_text(f'[submodule "sub"]\n\tpath = sub\n\turl = {url}\n')
    for command in (commands[0], ["add", ".gitmodules"], *commands[1:]):
        subprocess.run(["git", *command], cwd=repository, env=environment, check=True, timeout=30)
    return repository


@pytest.mark.parametrize("scoped", [False, True])
def test_a_submodule_elsewhere_does_not_get_the_token(
    scoped: bool, tmp_path: Path, thief: tuple[str, list[str]], build_pod: dict[str, str]
) -> None:
    """Without our settings it does: that is what they are for."""
    url, stolen = thief
    repository = repository_with_submodule(tmp_path, url, build_pod)
    environment = build_pod | (git_helper_for(["github.com"]) if scoped else {})
    command = ["git", "clone", "-q", "--recurse-submodules", str(repository), str(tmp_path / "clone")]
    subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert bool(stolen) is not scoped


@pytest.mark.parametrize(("server", "given"), [("github.com", True), ("github.com.example.net", False)])
def test_the_providers_own_server_does(server: str, given: bool, build_pod: dict[str, str]) -> None:
    done = subprocess.run(
        ["git", "credential", "fill"],
        input=f"protocol=https\nhost={server}\n\n",
        env=build_pod | git_helper_for(["github.com", "gitlab.com"]),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (f"username={TOKEN}" in done.stdout) is given
