"""A walk with secrets: they reach the values file through stdin, and nothing that anybody is shown."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from binder_singlenode.base import log as base_log
from binder_singlenode.cli import output
from binder_singlenode.config.secrets import resolve
from binder_singlenode.deploy import steps
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.steps import release
from binder_singlenode.errors import StepError
from binder_singlenode.layout import paths
from binder_singlenode.provision.connector import Execution
from binder_singlenode.provision.events import Event
from binder_singlenode.provision.run import Recipe
from binder_singlenode.ssh.session import Session
from binder_singlenode.values import helm_values

SECRETS = {
    "GITHUB_TOKEN": "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "GITLAB_TOKEN": "glpat-0123456789abcdefghij",
    "CLIENT_SECRET": "c1ient-s3cret-0123456789",
}
HOST_FILE = """\
apiVersion: binder/v1
address: 192.0.2.7
github: {token: env:GITHUB_TOKEN, private_repositories: true}
gitlab: {token: env:GITLAB_TOKEN}
sign_in:
  provider: github
  client_id: abc
  client_secret: env:CLIENT_SECRET
  allowed: {users: [alice]}
proxy: {http: "http://proxy.example.org:3128"}
"""


@pytest.fixture
def secretive(make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:  # type: ignore[no-untyped-def]
    """The context of a host with secrets, made as `plan` and `up` make it."""
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    return rendered(make(tmp_path, HOST_FILE))


def rendered(context: Context) -> Context:
    secrets = resolve.resolve(context.host)
    text = helm_values.to_yaml(
        helm_values.helm_values(context.host, context.sizing, context.release, secrets)
    )
    return replace(context, values_yaml=text)


def everything(context: Context) -> None:
    for step in steps.in_order():
        step(context)


def leaked(text: str) -> list[str]:
    return [name for name, secret in SECRETS.items() if secret in text]


def test_the_values_file_has_them_and_no_command_does(secretive, play) -> None:  # type: ignore[no-untyped-def]
    walk = play(everything, secretive, {})
    written = walk.of(f"Write {paths.VALUES}").commands[0]
    command, _, stdin = written.partition("\n<<< stdin\n")
    assert leaked(stdin) == list(SECRETS)
    assert "umask 077 && cat >" in command and "chmod 600" in command
    others = [command, *(each for ran in walk.ran if ran.commands != [written] for each in ran.commands)]
    assert leaked("\n".join(others)) == []


def test_nothing_that_is_shown_has_them(
    secretive: Context, fake_recipe: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """plan for people and programs, progress, the log, and repr of all that is handed around."""
    log = base_log.start("test")
    recipe = fake_recipe(secretive)
    plan = recipe.plan()
    told: list[Event] = []
    result = recipe.apply(told.append)
    console = Console(file=io.StringIO(), width=500)
    output.print_plan(plan, console=console)
    shown = [console.file.getvalue(), json.dumps(output.plan_data(plan)), repr(told), repr(result)]  # type: ignore[attr-defined]
    shown += [
        repr(plan),
        repr(secretive),
        repr(release.values(secretive)),
        repr(recipe.seen.changes),
    ]
    shown += [*capsys.readouterr(), *(path.read_text() for path in log.parent.iterdir())]
    assert any("contents not shown" in text for text in shown)
    assert leaked("\n".join(shown)) == []


@pytest.fixture
def fake_recipe(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """All steps on pyinfra's @fake connector, planned."""
    from pyinfra.api.config import Config
    from pyinfra.api.inventory import Inventory
    from pyinfra.api.state import State
    from pyinfra.connectors.fake import FakeConnector
    from pyinfra.context import ctx_host, ctx_state

    monkeypatch.setattr(FakeConnector, "put_file", lambda *_, **__: True)

    def make(context: Context) -> Recipe:
        inventory: Any = Inventory
        data = {"fake_responses": {"##binder ": []}, "fake_delay": 0, "fake_delay_jitter": 0}
        state = State(inventory(([("@fake/host", data)], {})), Config(FAIL_PERCENT=0))  # type: ignore[no-untyped-call]
        recipe = Recipe(Execution(Session(context.host)), state, "binder-singlenode up host")
        recipe.prepare([(everything, (context,))])
        return recipe

    yield make
    ctx_host.reset()
    ctx_state.reset()


def test_the_same_secret_changes_nothing(secretive, play, answers) -> None:  # type: ignore[no-untyped-def]
    assert play(everything, rendered(secretive), answers(secretive)).changed == []


@pytest.mark.parametrize("name", SECRETS)
def test_another_secret_is_a_change(name: str, secretive, play, answers, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    before = answers(secretive)
    monkeypatch.setenv(name, "another-0123456789")
    walk = play(everything, rendered(secretive), before)
    assert walk.changed == [f"Write {paths.VALUES}", "Bring the release up to date"]


def test_what_helm_quotes_is_hidden(secretive: Context, fake_recipe: Any) -> None:
    from pyinfra.api.exceptions import PyinfraError

    from binder_singlenode.provision.connector import Failure

    recipe = fake_recipe(secretive)
    recipe.execution.failure = Failure("helm upgrade", 1, f"Error: unknown field {SECRETS['GITHUB_TOKEN']}")
    error = recipe.failed("apply", PyinfraError("failed"), None)
    assert isinstance(error, StepError)
    assert "unknown field ********" in str(error)


def test_the_proxy_is_there_before_anything_is_downloaded(secretive, play) -> None:  # type: ignore[no-untyped-def]
    walk = play(everything, secretive, {})
    names = [ran.name for ran in walk.ran]
    written = names.index(f"Write {paths.PROXY_ENVIRONMENT}")
    assert written < next(i for i, name in enumerate(names) if name.startswith("Install what is missing"))
    text = "\n".join(walk.of(f"Write {paths.PROXY_ENVIRONMENT}").commands)
    assert 'HTTPS_PROXY="http://proxy.example.org:3128"' in text
    assert f"EnvironmentFile=-{paths.PROXY_ENVIRONMENT}" in "\n".join(
        walk.of(f"Write {paths.unit_path(paths.K3S_UNIT)}").commands
    )


def test_another_proxy_restarts_k3s(make, tmp_path, secretive, play, answers) -> None:  # type: ignore[no-untyped-def]
    other = rendered(make(tmp_path, HOST_FILE.replace(":3128", ":8080")))
    assert play(everything, other, answers(secretive)).changed == [
        f"Write {paths.PROXY_ENVIRONMENT}",
        "Start k3s",
        f"Write {paths.VALUES}",
        "Bring the release up to date",
    ]
