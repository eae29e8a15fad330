"""A kernel in a running session, through Jupyter Server's own API: REST to start it, a websocket to use it.

https://jupyter-server.readthedocs.io/en/stable/developers/rest-api.html (kernels), and for the messages
https://jupyter-client.readthedocs.io/en/stable/messaging.html.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import websocket

from binder_singlenode.binderhub.http import certificates, client, is_loopback, reason
from binder_singlenode.errors import LaunchError

REQUEST_TIMEOUT_S = 60.0
START_TIMEOUT_S = 120.0  # a kernel's first answer; Jupyter Server itself waits for 60 s
_DIED = ("restarting", "autorestarting", "dead")
_HINT = "does the session answer at all? `binder-singlenode launch` shows it; see also `logs entry`"


@dataclass(frozen=True)
class Outcome:
    """The result of a cell."""

    text: str
    """What it printed."""
    died: bool
    """The kernel ended while it ran; Jupyter Server starts another."""
    error: str
    """The exception's name and text, when there was one."""


class Kernel:
    """One kernel with an open websocket, as a browser window has it."""

    def __init__(self, url: str, token: str, kernel_id: str, connection: websocket.WebSocket) -> None:
        self._url, self._token, self.id = url, token, kernel_id
        self._connection = connection
        self._session = uuid.uuid4().hex

    def run(self, code: str, timeout_s: float) -> Outcome:
        """Run a cell and wait until the cell or the kernel ends. Raises LaunchError.

        A cell has ended when both its reply and the status idle have come, in either order: they come through
        different sockets. What the cell prints comes before the status idle.
        """
        request = self._request("execute_request", code=code, silent=False, allow_stdin=False)
        text = error = ""
        waiting_for = {"execute_reply", "idle"}
        for message in self._answers(request, timeout_s):
            kind, content = message["header"]["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] in _DIED:
                return Outcome(text, True, error)
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            if kind == "stream":
                text += str(content["text"])
            elif kind == "error":
                error = f"{content['ename']}: {content['evalue']}"
            waiting_for -= {content["execution_state"] if kind == "status" else kind}
            if not waiting_for:
                break
        return Outcome(text, False, error)

    def stay(self, seconds: float) -> None:
        """Keep the websocket open without activity, as a browser does: only answer the server's pings. Raises
        LaunchError when the server closes it."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._receive(left)

    def answers(self) -> bool:
        """Whether the server lists the kernel as not dead."""
        model = _ask("GET", self._url, f"api/kernels/{self.id}", self._token)
        return model.get("execution_state") != "dead"

    def _answers(self, request: dict[str, Any], timeout_s: float) -> Iterator[dict[str, Any]]:
        limit = time.monotonic() + timeout_s
        self._connection.send(json.dumps(request))
        while (left := limit - time.monotonic()) > 0:
            text = self._receive(left)
            if text:
                yield json.loads(text)
        raise LaunchError(f"the cell did not end in {timeout_s:.0f} s", where=self._url, hint=_HINT)

    def _receive(self, timeout_s: float) -> str:
        """The next message; "" after a timeout or an answered ping, so that the caller checks its time limit.

        Without control frames, recv() restarts its timeout at each ping, and the server never stops pinging.
        """
        self._connection.settimeout(timeout_s)
        try:
            kind, frame = self._connection.recv_data_frame(control_frame=True)
        except websocket.WebSocketTimeoutException:
            return ""
        except (websocket.WebSocketException, OSError) as error:
            raise _broken(self._url, error) from error
        return str(frame.data, "utf-8") if kind == websocket.ABNF.OPCODE_TEXT else ""

    def _request(self, kind: str, **content: Any) -> dict[str, Any]:
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": kind,
            "session": self._session,
            "username": "",
            "version": "5.3",
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        parts = {"parent_header": {}, "metadata": {}, "buffers": [], "channel": "shell"}
        return {"header": header, "content": content, **parts}


@contextmanager
def opened(url: str, token: str) -> Iterator[Kernel]:
    """A new default kernel with an open websocket. The websocket is closed at the end; the kernel stays.

    Raises LaunchError.
    """
    made = _ask("POST", url, "api/kernels", token)
    connection = _connect(f"{url}api/kernels/{made['id']}/channels", token)
    try:
        yield Kernel(url, token, str(made["id"]), connection)
    finally:
        connection.close()


def language(url: str, token: str) -> str:
    """The language of the session's default kernel, lower case. Raises LaunchError."""
    known = _ask("GET", url, "api/kernelspecs", token)
    spec = known["kernelspecs"].get(known["default"], {}).get("spec", {})
    return str(spec.get("language", "")).lower()


def _ask(method: str, url: str, path: str, token: str) -> dict[str, Any]:
    try:
        with client(url, REQUEST_TIMEOUT_S) as http:
            headers = {"Authorization": f"token {token}"}
            answer = http.request(method, url + path, headers=headers, json={} if method == "POST" else None)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
    except httpx.HTTPError as error:
        raise LaunchError(f"{method} {path}: {reason(error)}", where=url, hint=_HINT) from error
    return found


def _connect(url: str, token: str) -> websocket.WebSocket:
    parts = urlsplit(url)
    name = parts.hostname or ""
    options: dict[str, Any] = {"sslopt": {"context": certificates(name)}} if parts.scheme == "https" else {}
    if is_loopback(name):
        options["http_no_proxy"] = ["*"]
    address = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}{parts.path}"
    headers = [f"Authorization: token {token}"]
    try:
        return websocket.create_connection(address, timeout=START_TIMEOUT_S, header=headers, **options)
    except (websocket.WebSocketException, OSError) as error:
        raise _broken(url, error) from error


def _broken(url: str, error: Exception) -> LaunchError:
    return LaunchError(f"the window's connection broke: {error}", where=url, hint=_HINT)
