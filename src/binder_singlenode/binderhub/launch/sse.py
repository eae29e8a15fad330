"""Server-sent events, parsed exactly as specified (https://html.spec.whatwg.org/multipage/server-sent-events.html).

Not `httpx.Response.iter_lines`: that also splits at U+2028 and other characters, which are data here.
"""

import re
from collections.abc import Iterable, Iterator

from binder_singlenode.errors import LaunchError

MAX_LINE_BYTES = 1024 * 1024  # a log line is a few KB

_END_OF_LINE = re.compile(rb"\r\n|\n|\r")


def lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Whole lines, ended by CRLF, LF or CR; what follows the last line end is not a line and is dropped."""
    pending = b""
    for chunk in chunks:
        pending += chunk
        if len(pending) > MAX_LINE_BYTES:
            raise LaunchError("the answer holds a line of more than 1 MiB: that is not an event stream")
        # a CR at the very end may be the first half of a CRLF: keep it for the next chunk
        held = pending[-1:] == b"\r"
        *whole, pending = _END_OF_LINE.split(pending[:-1] if held else pending)
        pending += b"\r" if held else b""
        yield from (line.decode("utf-8", "replace") for line in whole)
    if pending.endswith(b"\r"):
        yield pending[:-1].decode("utf-8", "replace")


def messages(stream: Iterable[str]) -> Iterator[str | None]:
    """The data of each event; None for a comment (BinderHub's keepalive): callers check the time."""
    data: list[str] = []
    first = True
    for line in stream:
        line, first = (line.removeprefix("\ufeff") if first else line), False
        if not line:
            if data:
                yield "\n".join(data)
            data = []
        elif line.startswith(":"):
            yield None
        elif line == "data" or line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        # other fields (event, id, retry) and unknown ones are ignored
