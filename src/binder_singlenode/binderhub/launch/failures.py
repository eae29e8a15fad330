"""The error of a failed launch: a message (often BinderHub's own), the last build lines, and a hint."""

import httpx

from binder_singlenode.binderhub.http import reason
from binder_singlenode.binderhub.launch.causes import UNKNOWN
from binder_singlenode.binderhub.launch.events import LaunchEvent, Progress
from binder_singlenode.binderhub.launch.hints import build_cause, hint_for, too_long
from binder_singlenode.binderhub.launch.stages import Stage
from binder_singlenode.errors import LaunchError

KEEPALIVE_S = 25  # BuildHandler.KEEPALIVE_INTERVAL
SILENCE_S = 3 * KEEPALIVE_S  # after three missed keepalives the connection is dead


def failed(event: LaunchEvent, progress: Progress, url: str) -> LaunchError:
    """BinderHub reported the failure: its message, once, and a matching hint."""
    status = event.raw.get("status_code")
    sentence = event.message.strip() or "the build failed"
    if status:
        sentence = f"{sentence} (status {status})"
    said = event.message.strip().splitlines()
    progress.tail = progress.tail[: len(progress.tail) - len(said)]  # BinderHub's message is no build line
    late = too_long(event.message, event.stage, event.elapsed_s)
    hint = late or hint_for(event.message, status, event.stage, progress.tail)
    error = LaunchError(_with_tail(sentence, progress), where=url, hint=hint)
    if event.stage is Stage.BUILD and not late:
        cause = build_cause(event.message, event.stage, progress.tail)
        error.cause = cause.name if cause else UNKNOWN
    return error


def ended(progress: Progress, url: str) -> LaunchError:
    """The stream ended before the launch did."""
    return LaunchError(
        _with_tail(f"the event stream ended in phase {progress.phase!r}, neither ready nor failed", progress),
        where=url,
        hint="launch again: BinderHub continues a build it started; if it happens twice, see `status`",
    )


def timed_out(timeout_s: float, progress: Progress, url: str) -> LaunchError:
    """The time limit `timeout_s` was exceeded."""
    return LaunchError(
        _with_tail(f"not ready after {timeout_s:.0f} s, still in phase {progress.phase!r}", progress),
        where=url,
        hint="launch again with a longer --timeout: BinderHub continues what it has started",
    )


def broken(
    error: httpx.HTTPError, elapsed_s: float, timeout_s: float, progress: Progress, url: str
) -> LaunchError:
    """No connection, a broken connection, or one on which no more data arrives."""
    if isinstance(error, httpx.ReadTimeout) and timeout_s <= SILENCE_S:
        return timed_out(timeout_s, progress, url)
    if isinstance(error, httpx.ReadTimeout):
        what = f"nothing came for {SILENCE_S} s, not even a keepalive (phase {progress.phase!r})"
    elif isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        what = f"no connection: {reason(error)}"
    else:
        what = f"the connection broke after {elapsed_s:.0f} s in phase {progress.phase!r}: {reason(error)}"
    return LaunchError(
        _with_tail(what, progress),
        where=url,
        hint="see with `binder-singlenode status` whether the host is up, then launch again",
    )


def _with_tail(sentence: str, progress: Progress) -> str:
    if not progress.tail:
        return sentence
    return "\n".join([sentence, "the last lines were:", *(f"  | {line}" for line in progress.tail)])
