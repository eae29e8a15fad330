"""Wait for Hetzner: for actions, a state or a deletion. The clock is injected, so tests do not wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from binder_singlenode.errors import VmError
from binder_singlenode.vm.hcloud.clock import POLL_S
from binder_singlenode.vm.hcloud.errors import ActionError, ApiError

if TYPE_CHECKING:
    from binder_singlenode.vm.hcloud.api import Api

T = TypeVar("T")

ACTION_LIMIT_S = 600.0
DELETE_LIMIT_S = 120.0  # a firewall is "in use" for some seconds after its server was deleted
IN_USE = ("resource_in_use", "must_be_unassigned")


def wait_actions(api: Api, actions: Iterable[Any], limit_s: float = ACTION_LIMIT_S) -> None:
    """Wait until each action has succeeded. ActionError (command, id) if one fails or exceeds the limit."""
    from hcloud.actions import ActionFailedException, ActionTimeoutException

    for action in actions:
        try:
            action.wait_until_finished(max_retries=round(limit_s / POLL_S))
        except ActionTimeoutException as error:
            late = f"still running after {limit_s:.0f} s"
            raise ActionError(action.command, action.id, None, late) from error
        except ActionFailedException as error:
            action_error: Any = error.action.error  # the library types it as its exception class
            said = action_error or {}
            message = api.hide(str(said.get("message", "no reason given")))
            raise ActionError(action.command, action.id, said.get("code"), message) from error


def wait_until(api: Api, what: str, ready: Callable[[], T | None], limit_s: float = ACTION_LIMIT_S) -> T:
    """Poll `ready` until it returns something. VmError naming `what` after `limit_s` seconds."""
    deadline = api.clock.now() + limit_s
    while (result := ready()) is None:
        if api.clock.now() > deadline:
            raise VmError(f"{what}: not so after {limit_s:.0f} s", hint="repeat the command")
        api.clock.sleep(POLL_S)
    return result


def delete(api: Api, remove: Callable[[], Any]) -> None:
    """Delete a resource and wait for its action. Retries while it is in use; "not found" is no error."""
    deadline = api.clock.now() + DELETE_LIMIT_S
    while True:
        try:
            result = remove()
            if hasattr(result, "command"):  # deleting a server returns an action; other kinds return True
                wait_actions(api, [result])
            return
        except ApiError as error:
            if error.code == "not_found":
                return
            if error.code not in IN_USE or api.clock.now() > deadline:
                raise
        api.clock.sleep(POLL_S)
