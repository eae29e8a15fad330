"""One pyinfra State: prepared once (the plan), executed once (the result)."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
from pyinfra.api.config import Config
from pyinfra.api.connect import connect_all
from pyinfra.api.deploy import add_deploy
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.inventory import Inventory
from pyinfra.api.operations import run_ops
from pyinfra.api.state import BaseStateCallback, State, StateStage

from binder_singlenode import config
from binder_singlenode.base import invocation
from binder_singlenode.base.masking import hide
from binder_singlenode.config import Host
from binder_singlenode.deploy import steps, waiting
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts.host_state import FileChange, Look, look
from binder_singlenode.errors import BinderError, ConnectError, LostConnection, StepError
from binder_singlenode.provision.connector import DATA_KEY, Execution, OpenSshConnector
from binder_singlenode.provision.diff import current_texts, difference
from binder_singlenode.provision.events import Event, Plan, PlannedOperation, Result
from binder_singlenode.ssh import output

NEVER = float("-inf")


class Recipe:
    """The operations for one host, in order."""

    def __init__(self, execution: Execution, state: Any, next_command: str) -> None:
        self.execution = execution
        self._state = state  # a State; half of its methods have no type hints
        self._next = next_command
        self._host = next(iter(state.inventory))
        self._questions: dict[str, str] = {}

    @classmethod
    def of_steps(cls, execution: Execution, context: Context) -> "Recipe":
        """All steps of deploy/. Raises ConnectError, StepError."""
        command = invocation.again(f"binder-singlenode up {config.argument(execution.session.host)}")
        recipe = cls(execution, new_state(execution), command)
        recipe._questions = waiting.questions(context)
        recipe.prepare([(step, (context,)) for step in steps.in_order()])
        return recipe

    @classmethod
    def of_removal(cls, execution: Execution, host: Host, *, keep_data: bool) -> "Recipe":
        """The removal: deploy/removal/down.py. Raises ConnectError, StepError."""
        from binder_singlenode.deploy.removal.down import down

        command = invocation.again(f"binder-singlenode down {config.argument(host)}")
        recipe = cls(execution, new_state(execution), command)
        recipe.prepare([(down, (keep_data,))])
        return recipe

    @property
    def seen(self) -> Look:
        return look(self._host)

    def prepare(self, steps: list[tuple[Callable[..., Any], tuple[Any, ...]]]) -> None:
        with self._errors("plan"):
            self._state.set_stage(StateStage.Connect)
            connect_all(self._state)
            self._state.set_stage(StateStage.Prepare)
            for step, arguments in steps:
                add_deploy(self._state, step, *arguments)

    def plan(self) -> Plan:
        """The operations and what they would change. Reads the files' texts with one more command."""
        changes = self.seen.changes
        texts = current_texts(self._host, [change.path for change in changes.values() if not change.secret])
        return Plan([self._planned(op_hash, changes, texts) for op_hash in self._state.get_op_order()])

    def _planned(
        self, op_hash: str, changes: dict[str, FileChange], texts: dict[str, str]
    ) -> PlannedOperation:
        step, name = self._names(op_hash)
        change = self._state.ops[self._host][op_hash].operation_meta._maybe_is_change
        if op_hash in self.seen.waits:
            change = None
        file = changes.get(op_hash)
        return PlannedOperation(step, name, change, difference(file, texts) if file else None)

    def _names(self, op_hash: str) -> tuple[str, str]:
        """Step and operation name: pyinfra joins them with " | "."""
        step, _, name = next(iter(self._state.get_op_meta(op_hash).names)).rpartition(" | ")
        return step, name

    def apply(self, progress: Callable[[Event], None]) -> Result:
        """Run the operations. Raises StepError, ConnectError."""
        self.seen.forget_all()  # the plan may be minutes old
        reporter = _Reporter(self, progress)
        self._state.add_callback_handler(reporter)
        self.execution.waiting = reporter.waiting
        begin = time.monotonic()
        with self._errors("apply", reporter):
            self._state.set_stage(StateStage.Execute)
            run_ops(self._state)
        changes = tuple(f"{step}: {name}" for step, name in reporter.changes)
        return Result(len(changes), len(self._state.get_op_order()), time.monotonic() - begin, changes)

    def ask(self, step: str) -> str:
        """Query what this step waits for; "" without an answer, because a busy host is not a failure."""
        question = self._questions.get(step, waiting.STAGED)
        try:
            done = self.execution.session.as_root(question, timeout_s=waiting.ANSWER_LIMIT_S)
        except ConnectError:
            return ""
        return hide(waiting.answer(done.stdout))

    @contextlib.contextmanager
    def _errors(self, stage: str, reporter: "_Reporter | None" = None) -> Iterator[None]:
        """Convert pyinfra's errors, which have no details, to StepError or ConnectError.

        No greenlet is left behind.
        """
        done = False
        try:
            yield
            done = True
        except PyinfraError as error:
            raise self.failed(stage, error, reporter) from error
        finally:
            # Otherwise an interrupted run would wait for the remote command to end.
            if (reporter or not done) and self._state.pool is not None:
                self._state.pool.kill()
            self.execution.waiting = None

    def failed(
        self, stage: str, error: PyinfraError, reporter: "_Reporter | None"
    ) -> StepError | ConnectError:
        failure = self.execution.failure
        step, operation = (reporter.step, reporter.operation) if reporter else ("", "")
        if reporter:
            reporter.tell("failed")
        if lost := self.execution.lost:
            doing = f"{step}: {operation}" if step else f"making the {stage}"
            return lost.during(doing) if isinstance(lost, LostConnection) else lost
        said = hide(failure.tail if failure else str(error))  # helm quotes invalid values: hide secrets
        lines = [f"{operation or stage}: " + (f"exit code {failure.exit_code}" if failure else "failed")]
        lines += [f"  {line}" for line in said.splitlines()]
        if failure:
            lines.append(f"  command: {_short(failure.command)}")
        where = f"step {step}" if step else stage
        return StepError("\n".join(lines), where=where, hint=f"{self._next}   (it continues from here)")


def _short(command: str, limit: int = 300) -> str:
    return command if len(command) <= limit else f"{command[:limit]} …"


class _Reporter(BaseStateCallback):
    """pyinfra's callbacks -> events. Uses operation_end: operation_host_success has no stored result yet."""

    def __init__(self, recipe: Recipe, progress: Callable[[Event], None]) -> None:
        self._recipe = recipe
        self._progress = progress
        self._begin = self._ticked = self._asked = NEVER
        self._now = ""
        self.step = ""
        self.operation = ""
        self.changes: list[tuple[str, str]] = []

    def operation_start(self, state: State, op_hash: str) -> None:  # type: ignore[override]
        """Before each operation."""
        step, self.operation = self._recipe._names(op_hash)
        if step != self.step:
            self.step = step
            self._progress(Event("step", step))
        self._begin = self._ticked = time.monotonic()
        self._asked, self._now = NEVER, ""
        self._progress(Event("started", step, self.operation))

    def waiting(self, known: str) -> None:
        """About each second while a command or an upload runs. `known`: progress known on this computer."""
        moment = time.monotonic()
        if moment - self._ticked < output.TICK_S:
            return
        self._ticked = moment
        seconds = moment - self._begin
        if known:
            self._now = known
        elif seconds >= waiting.ASK_AFTER_S and moment - self._asked >= waiting.ASK_EVERY_S:
            self._now, self._asked = self._recipe.ask(self.step), moment
        self._progress(Event("waiting", self.step, self.operation, seconds=seconds, now=self._now))

    def operation_end(self, state: State, op_hash: str) -> None:  # type: ignore[override]
        """After each operation that did not fail."""
        recipe = self._recipe
        did_change = state.ops[recipe._host][op_hash].operation_meta.did_change()
        changed = did_change and op_hash not in recipe.seen.waits
        if changed:
            self.changes.append((self.step, self.operation))
        self.tell("finished", changed)

    def tell(self, kind: Any, changed: bool | None = None) -> None:
        """Send one event about the current operation."""
        seconds = time.monotonic() - self._begin
        self._progress(Event(kind, self.step, self.operation, changed, seconds))


def new_state(execution: Execution) -> State:
    """A State with the session's host and OpenSshConnector."""
    make: Any = Inventory
    inventory = make(([(execution.session.host.address, {DATA_KEY: execution})], {}))
    next(iter(inventory.hosts.values())).connector_cls = OpenSshConnector
    _show_errors_once()
    return State(inventory, Config(FAIL_PERCENT=0))  # type: ignore[no-untyped-call]


def _show_errors_once() -> None:
    """Stop gevent from printing BinderError and Ctrl-C before it re-raises them: cli/main.py prints them."""
    hub: Any = gevent.get_hub()  # type: ignore[no-untyped-call]
    if BinderError not in hub.NOT_ERROR:
        hub.NOT_ERROR = (*hub.NOT_ERROR, BinderError, KeyboardInterrupt)
