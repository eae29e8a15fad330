"""Lines and messages of an event stream, whatever their ends and wherever they are cut."""

import pytest

from binder_singlenode.binderhub.launch import sse
from binder_singlenode.errors import LaunchError


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_any_line_end_and_any_cut_between_chunks(end: bytes) -> None:
    stream = b"\xef\xbb\xbfdata: a\xc3\xa9\ndata:b\nid: 7\n\n:k\ndata\n\nretry: 1\n\ndata:lost".replace(
        b"\n", end
    )
    for size in (1, 2, 3, 1000):
        chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert list(sse.messages(sse.lines(chunks))) == ["aé\nb", None, ""]


def test_characters_that_python_takes_for_line_ends_are_data() -> None:
    assert list(sse.messages(sse.lines(["data: a\u2028b\x0cc\n\n".encode()]))) == ["a\u2028b\x0cc"]


def test_a_line_without_end_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(LaunchError, match="more than 1 MiB"):
        list(sse.lines(b"x" * 65536 for _ in range(1000)))
