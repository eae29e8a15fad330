"""What to do about a failed launch, found by BinderHub's message."""

from collections.abc import Sequence

from binder_singlenode.binderhub.launch.stages import Stage
from binder_singlenode.layout.names import DISK_FULL

_DISK = "the host's disk is full: `status` shows what takes it; make room there, then launch again"
_BY_LAST_LINES = (
    (DISK_FULL, _DISK),
    ("no space left on device", _DISK),
    ("node.kubernetes.io/disk-pressure", _DISK),
    ("DiskPressure", _DISK),
    ("low on resource: ephemeral-storage", _DISK),
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
_BY_STAGE = {
    Stage.LOOKUP: "the hub could not look the repository or its image up: see `logs binder`",
    Stage.BUILD: "the lines above are repo2docker's: the repository does not build; try it there first",
    Stage.PULL: "the image could not be fetched: see `status` for the registry and the disk",
    Stage.POD: "the session's pod did not start: see its events with `logs hub`",
}


def hint_for(sentence: str, status: object, stage: Stage, last_lines: Sequence[str] = ()) -> str:
    """The next step: found by a message about the disk in any line, else by BinderHub's message, else by its
    status code, else by the stage that the launch had reached."""
    said = "\n".join([*last_lines, sentence])
    for words, hint in _BY_LAST_LINES:
        if words in said:
            return hint
    for words, hint in _BY_SENTENCE:
        if words in sentence:
            return hint
    if isinstance(status, int) and status in _BY_STATUS:
        return _BY_STATUS[status]
    return _BY_STAGE[stage]
