"""What to do about a failed launch, found by BinderHub's message."""

from collections.abc import Sequence

from binder_singlenode.binderhub.launch.causes import DISK_HINT, Cause, cause_of
from binder_singlenode.binderhub.launch.stages import Stage
from binder_singlenode.layout.names import DISK_FULL
from binder_singlenode.layout.system import BUILD_MAX_AGE_S

_BY_LAST_LINES = (
    (DISK_FULL, DISK_HINT),
    ("no space left on device", DISK_HINT),
    ("node.kubernetes.io/disk-pressure", DISK_HINT),
    ("DiskPressure", DISK_HINT),
    ("low on resource: ephemeral-storage", DISK_HINT),
    (
        "exceeds the total limit of containers",
        "the session wrote more than one may: `size` shows what (session's disk)",
    ),
)
"""Messages of docker, the scheduler and the kubelet, which BinderHub's own message hides."""
_BY_SENTENCE = (
    ("Too many users", "the hub is full: wait for a session to end (`status` shows sessions against quota)"),
    ("Could not resolve ref", "check the address and --ref; the repository must be public"),
    ("Error resolving ref", "the hub could not ask the git server: check that the host reaches it"),
    ("No provider found", "this hub has that kind of repository turned off"),
    (
        "watching for build events",
        "BinderHub lost the events of its build, which continues: launch again",
    ),
    ("not allowed to launch", "the hub's banned_specs name this repository"),
    ("Failed to launch image", "the session's pod did not start: see its events with `logs hub`"),
    ("timed out", "the session's pod did not start in time: see its events with `logs hub`"),
)
_BY_STATUS = {
    400: "the hub refused the request itself: compare versions with `status`",
    403: "the hub's ban_networks name your network, or it wants a login",
    404: "the hub does not know this kind of repository",
    429: "the hub counts launches per address and hour (BinderHub.RateLimiter): wait for the next hour",
    500: "see the hub's own words with `logs binder`",
}
_TOO_LONG = (
    f"the build took longer than {BUILD_MAX_AGE_S // 60} minutes, then BinderHub ends it: pin versions "
    "in environment.yml, or put what takes long into a base image"
)
_BY_STAGE = {
    Stage.LOOKUP: "the hub could not look the repository or its image up: see `logs binder`",
    Stage.BUILD: "the lines above are repo2docker's: the repository does not build; try it there first",
    Stage.PULL: "the image could not be fetched: see `status` for the registry and the disk",
    Stage.POD: "the session's pod did not start: see its events with `logs hub`",
}


def hint_for(sentence: str, status: object, stage: Stage, last_lines: Sequence[str] = ()) -> str:
    """The next step: found by a message about the disk in any line, else by the cause in a build's last
    lines, else by BinderHub's message, else by its status code, else by the stage it had reached."""
    said = "\n".join([*last_lines, sentence])
    for words, hint in _BY_LAST_LINES:
        if words in said:
            return hint
    if cause := build_cause(sentence, stage, last_lines):
        return cause.hint
    for words, hint in _BY_SENTENCE:
        if words in sentence:
            return hint
    if isinstance(status, int) and status in _BY_STATUS:
        return _BY_STATUS[status]
    return _BY_STAGE[stage]


def build_cause(sentence: str, stage: Stage, last_lines: Sequence[str]) -> Cause | None:
    """The cause that a build's last lines name."""
    return cause_of([*last_lines, *sentence.splitlines()]) if stage is Stage.BUILD else None


def too_long(sentence: str, stage: Stage, elapsed_s: float) -> str | None:
    """The hint when BinderHub has ended a build for its age, of which it says nothing."""
    ended = stage is Stage.BUILD and not sentence.strip() and elapsed_s >= BUILD_MAX_AGE_S
    return _TOO_LONG if ended else None
