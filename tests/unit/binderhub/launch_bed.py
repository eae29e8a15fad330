"""BinderHub's event stream as a test writes it, and a launch that reads it."""

import json
from typing import Any

import pytest

from binder_singlenode.binderhub.launch import stream
from binder_singlenode.errors import LaunchError

BUILD = "/build/gh/o/r/HEAD"
READY = {
    "phase": "ready",
    "message": "server running at http://hub/jupyter/user/o-r-x/\n",
    "url": "http://hub/jupyter/user/o-r-x/",
    "token": "s3cret",
    "image": "reg/i:1",
}


def event(phase: str | None = None, message: str | None = None, **more: Any) -> bytes:
    data = {**({"phase": phase} if phase else {}), **({"message": message} if message else {}), **more}
    return f"data: {json.dumps(data)}\n\n".encode()


ready = event(**READY)


def launched(server: Any, timeout_s: float = 10) -> list[stream.LaunchEvent]:
    return list(stream.launch(server.url, "o/r", None, timeout_s))


def failure(server: Any, timeout_s: float = 10) -> LaunchError:
    with pytest.raises(LaunchError) as error:
        launched(server, timeout_s)
    assert error.value.where == server.url + BUILD
    assert error.value.hint
    return error.value
