"""What to do about a failed launch, from BinderHub's own sentence."""

from binder_singlenode.launch_stages import Stage

_BY_SENTENCE = (
    ("Too many users", "the hub is full: wait for a session to end (`status` shows sessions against quota)"),
    ("Could not resolve ref", "check the address and --ref; the repository must be public"),
    ("Error resolving ref", "the hub could not ask the git server: check that the host reaches it"),
    ("No provider found", "this hub has that kind of repository turned off"),
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


def hint_for(sentence: str, status: object, stage: Stage) -> str:
    """The next step: by BinderHub's words, else its status code, else how far the launch had come."""
    for words, hint in _BY_SENTENCE:
        if words in sentence:
            return hint
    if isinstance(status, int) and status in _BY_STATUS:
        return _BY_STATUS[status]
    return _BY_STAGE[stage]
