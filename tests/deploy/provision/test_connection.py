"""host.Connection from connect to result, with ssh replaced by answers: events, errors, secrets."""

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from binder_singlenode import ssh
from binder_singlenode.deploy import waiting
from binder_singlenode.deploy.context import Context
from binder_singlenode.errors import BinderError, ConnectError, LostConnection, StepError
from binder_singlenode.provision import connection as host_module
from binder_singlenode.provision.connection import Connection
from binder_singlenode.provision.events import Event
from binder_singlenode.ssh import failures, output
from binder_singlenode.ssh.session import Session

from ..conftest import PLAIN_STEPS

Answer = Callable[[str], "subprocess.CompletedProcess[str] | None"]


class Wire:
    """What stands for ssh: records what is sent; `answer` may override the exit code and the words."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.inputs: list[str] = []
        self.survey: list[str] = []
        self.answer: Answer = lambda command: None

    def run(self, host: Any, command: str, input: str = "", **_: Any) -> "subprocess.CompletedProcess[str]":
        self.sent.append(command)
        self.inputs.append(input)
        told = self.answer(command)
        if told is not None:
            return told
        out = "\n".join(self.survey) if "##binder " in command else ""
        return subprocess.CompletedProcess(command, 0, out, "")

    def upload(self, host: Any, command: str, first: str, file: Any) -> Any:
        return self.run(host, command)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    found = Wire()
    monkeypatch.setattr(ssh, "open_connection", lambda host: None)
    monkeypatch.setattr(ssh, "forbids_tunnel", lambda host: False)
    monkeypatch.setattr(ssh, "run", found.run)
    monkeypatch.setattr(ssh, "upload", found.upload)
    return found


def failing(words: str, said: str, code: int = 5) -> Answer:
    """Fail the command that has `words` in it."""
    return lambda command: (
        subprocess.CompletedProcess(command, code, "", said)
        if words in command and "##binder " not in command
        else None
    )


def connected(context: Context) -> Any:
    return host_module.connect(Session(context.host))


def test_from_plan_to_result(context: Context, wire: Wire, told: dict[str, list[str]]) -> None:
    told["firewall"].clear()
    wire.survey = [line for name, lines in told.items() for line in (f"##binder {name}", *lines)]
    events: list[Event] = []
    with connected(context) as connection:
        plan = connection.plan(context)
        assert [(change.step, change.name) for change in plan.changes] == [
            ("firewall", "Load the firewall rules")
        ]
        result = connection.apply(events.append)
    assert (result.changed, result.operations) == (1, len(plan.operations))
    assert result.changes == ("firewall: Load the firewall rules",)
    steps = [event.step for event in events if event.kind == "step"]
    assert steps == PLAIN_STEPS
    finished = [event for event in events if event.kind == "finished"]
    assert len(finished) == result.operations
    assert [event.operation for event in finished if event.changed] == ["Load the firewall rules"]
    assert all(event.seconds is not None for event in finished)
    assert any("systemctl restart binder-firewall.service" in command for command in wire.sent)


def test_waiting_is_no_change(context: Context, wire: Wire, told: dict[str, list[str]]) -> None:
    told["cluster"] = [line.replace("True", "Unknown") for line in told["cluster"]]
    wire.survey = [line for name, lines in told.items() for line in (f"##binder {name}", *lines)]
    with connected(context) as connection:
        plan = connection.plan(context)
        waits = [operation.name for operation in plan.operations if operation.change is None]
        assert (waits, plan.changes) == (["Wait until the node is Ready"], [])
        assert connection.apply().changed == 0
    assert any("kubectl --request-timeout=30s wait" in command for command in wire.sent)


def test_a_failed_operation_names_everything_a_person_needs(context: Context, wire: Wire) -> None:
    wire.answer = failing("modprobe -a", "modprobe: FATAL: Module br_netfilter not found\n", 1)
    events: list[Event] = []
    with connected(context) as connection, pytest.raises(StepError) as caught:
        connection.plan(context)
        connection.apply(events.append)
    text = str(caught.value)
    assert text.startswith("step kernel: Load overlay, br_netfilter, nf_conntrack: exit code 1")
    assert "FATAL: Module br_netfilter not found" in text
    assert "command: modprobe -a overlay br_netfilter nf_conntrack" in text
    assert "binder-singlenode up" in (caught.value.hint or "")
    assert events[-1].kind == "failed"
    assert not any("sysctl -q -p" in command for command in wire.sent), "nothing runs after a failure"


def test_a_command_that_failed_shows_its_stdout_if_stderr_is_empty(context: Context, wire: Wire) -> None:
    wire.answer = lambda command: subprocess.CompletedProcess(command, 142, "not here, over there\n", "")
    with (
        connected(context) as connection,
        pytest.raises(ConnectError, match="exit code 142: not here, over there"),
    ):
        connection.run("true")


def test_a_failed_upload_says_why(context: Context, wire: Wire) -> None:
    wire.answer = failing(
        "umask 077 && cat > /var/lib/binder-singlenode/staging/k3s", "No space left on device"
    )
    with (
        connected(context) as connection,
        pytest.raises(StepError, match="No space left on device") as caught,
    ):
        connection.plan(context)
        connection.apply()
    assert caught.value.where == "step k3s"


def test_a_lost_connection_is_a_connection_error(context: Context, wire: Wire, capsys: Any) -> None:
    def lost(command: str) -> None:
        if "modprobe" in command and "##binder " not in command:
            raise ConnectError("the line is dead", where="192.0.2.7", hint="try again")

    wire.answer = lost
    with connected(context) as connection, pytest.raises(ConnectError, match="the line is dead"):
        connection.plan(context)
        connection.apply()
    assert "Traceback" not in capsys.readouterr().err


def test_a_lost_connection_names_the_operation(context: Context, wire: Wire) -> None:
    def lost(command: str) -> None:
        if "modprobe" in command and "##binder " not in command:
            raise failures.lost(context.host, "Broken pipe")

    wire.answer = lost
    with connected(context) as connection, pytest.raises(LostConnection) as caught:
        connection.plan(context)
        connection.apply()
    assert f"lost the connection to {context.host.address} while kernel: Load overlay" in str(caught.value)
    assert "run the same command again" in (caught.value.hint or "")


def test_a_damaged_bundle_is_found_while_it_is_used(context: Context, wire: Wire, capsys: Any) -> None:
    path = context.release.k3s.path
    assert path is not None
    with connected(context) as connection, pytest.raises(StepError, match="No such file"):
        connection.plan(context)
        path.unlink()
        connection.apply()
    assert "Traceback" not in capsys.readouterr().err


def test_secrets_travel_on_standard_input_alone(context: Context, wire: Wire) -> None:
    from dataclasses import replace

    events: list[Event] = []
    with connected(context) as connection:
        plan = connection.plan(replace(context, values_yaml="token: s3cret\n"))
        connection.apply(events.append)
    assert any("s3cret" in text for text in wire.inputs)
    assert not any("s3cret" in command for command in wire.sent)
    assert "s3cret" not in str(events)
    assert not any("s3cret" in (operation.diff or "") for operation in plan.operations)


def test_apply_comes_after_plan(context: Context, wire: Wire) -> None:
    with connected(context) as connection, pytest.raises(BinderError, match="comes after plan"):
        connection.apply()


def test_a_plan_is_carried_out_once(context: Context, wire: Wire) -> None:
    with connected(context) as connection:
        connection.plan(context)
        connection.apply()
        with pytest.raises(BinderError):
            connection.apply()


def test_an_interrupt_comes_through_at_once(context: Context, wire: Wire) -> None:
    def interrupted(command: str) -> None:
        if "modprobe" in command and "##binder " not in command:
            raise KeyboardInterrupt

    wire.answer = interrupted
    with connected(context) as connection, pytest.raises(KeyboardInterrupt):
        connection.plan(context)
        connection.apply()


def test_machine_and_preflight_take_one_question(context: Context, wire: Wire) -> None:
    wire.answer = lambda command: subprocess.CompletedProcess(command, 0, "memory_kb\t1000\ncpus\t2\n", "")
    with connected(context) as connection:
        assert isinstance(connection, Connection)
        assert connection.machine().memory_bytes == 1_024_000
        assert connection.preflight(context.release)  # a bundle: the way out is not tried
    assert len(wire.sent) == 1


def test_a_question_that_fails_is_an_error_with_its_words(context: Context, wire: Wire) -> None:
    wire.answer = lambda command: subprocess.CompletedProcess(command, 127, "", "sh: not found")
    with connected(context) as connection, pytest.raises(ConnectError, match="exit code 127: sh: not found"):
        connection.machine()


def test_what_takes_long_tells_what_it_waits_for(
    context: Context, wire: Wire, told: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helm that waits for a pod, and an upload: ssh tells that time passes, and the host why."""
    monkeypatch.setattr(waiting, "ASK_AFTER_S", 0)
    monkeypatch.setattr(output, "TICK_S", 0)
    told["cluster"] = [line for line in told["cluster"] if not line.startswith("Secret")]
    told["stamps"] = [line for line in told["stamps"] if "chart.tgz" not in line]
    wire.survey = [line for name, lines in told.items() for line in (f"##binder {name}", *lines)]
    pods = subprocess.CompletedProcess("", 0, "pod hub-1: ContainerCreating\n", "")
    wire.answer = lambda command: pods if "split($2, n" in command and "helm" not in command else None

    def run(host: Any, command: str, *words: Any, waiting: Any = None, **more: Any) -> Any:
        if "helm upgrade" in command:
            waiting()
        return wire.run(host, command, *words, **more)

    def upload(host: Any, command: str, first: str, file: Any) -> Any:
        assert file.read(100)
        return wire.run(host, command)

    monkeypatch.setattr(ssh, "run", run)
    monkeypatch.setattr(ssh, "upload", upload)
    events: list[Event] = []
    with connected(context) as connection:
        connection.plan(context)
        connection.apply(events.append)
    slow = [event for event in events if event.kind == "waiting"]
    assert [(event.step, event.now) for event in slow] == [
        ("release", "0 of 0 MiB sent"),
        ("release", "pod hub-1: ContainerCreating"),
    ]
    assert all(event.seconds is not None and event.operation for event in slow)
