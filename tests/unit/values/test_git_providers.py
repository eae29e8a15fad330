"""The token that builds get, with git as in a build pod and a server that steals."""

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.values.git_providers import git_helper_for

from .values_bed import GITHUB, TOKEN, checked_values


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


@pytest.mark.parametrize("private", [False, True])
def test_the_token_of_another_server_is_not_for_gists(private: bool) -> None:
    """BinderHub's class for gists inherits the options of its class for GitHub, and asks api.github.com."""
    section = {"host": "ghe.example.org", "token": "env:GH", "private_repositories": private}
    allowed = {"allowed": {"users": ["bob"]}}
    config = checked_values(github=section, sign_in={**GITHUB, **allowed})["config"]
    assert config["GitHubRepoProvider"]["access_token"]
    assert config["GistRepoProvider"] == {"access_token": "", "git_credentials": ""}


def test_gists_have_the_token_of_github_itself() -> None:
    assert "GistRepoProvider" not in checked_values(github={"token": "env:GH"})["config"]
