"""The relay: bytes both ways, half-closed connections, and ends that are passed on."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

import pytest

from binder_singlenode.vm.uml import relay

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
Inner = Callable[[Reader, Writer], Awaitable[None]]
_LIMIT_S = 60


def relayed(inner: Inner | None, outer: Callable[[int], Awaitable[None]]) -> None:
    """Run `outer` with the port of a relay that leads to a server of `inner`; None: nobody listens there."""

    async def run() -> None:
        behind = relay.listening(0)
        port = behind.getsockname()[1]
        if inner is None:
            behind.close()
        else:
            await asyncio.start_server(inner, sock=behind)
        listener = relay.listening(0)
        await relay.serve(listener, port)
        await asyncio.wait_for(outer(listener.getsockname()[1]), _LIMIT_S)

    asyncio.run(run())


async def echo(reader: Reader, writer: Writer) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


def test_bytes_both_ways() -> None:
    sent = bytes(range(256)) * 8192  # 2 MiB: more than any buffer on the way

    async def outer(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        assert await reader.readexactly(len(sent)) == sent
        writer.close()

    relayed(echo, outer)


def test_each_connection_is_one_of_its_own() -> None:
    async def outer(port: int) -> None:
        pairs = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        for number, (_, writer) in enumerate(pairs):
            writer.write(b"%d" % number)
        assert [await reader.readexactly(1) for reader, _ in pairs] == [b"0", b"1", b"2", b"3", b"4"]
        for _, writer in pairs:
            writer.close()

    relayed(echo, outer)


def test_an_answer_to_a_question_that_ended() -> None:
    """As `ssh host cat <file` does: the end of one direction is no end of the other."""

    async def inner(reader: Reader, writer: Writer) -> None:
        question = await reader.read()  # to its end
        writer.write(b"answer to " + question)
        writer.close()

    async def outer(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"question")
        writer.write_eof()
        assert await reader.read() == b"answer to question"
        writer.close()

    relayed(inner, outer)


def test_nobody_listens_inside() -> None:
    async def outer(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        writer.close()

    relayed(None, outer)


@pytest.mark.parametrize("inside_resets", [False, True])
def test_a_reset_ends_the_other_side_too(inside_resets: bool) -> None:
    """Or the VM would keep a connection for each client that was lost."""
    ended = asyncio.Event()

    def reset(writer: Writer) -> None:
        linger = struct.pack("ii", 1, 0)  # close() sends RST, not FIN (socket(7))
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    async def end(reader: Reader, writer: Writer) -> None:
        try:
            assert await reader.read() == b""
        except ConnectionResetError:
            pass  # so it may be passed on, too
        finally:
            writer.close()
            ended.set()

    async def inner(reader: Reader, writer: Writer) -> None:
        assert await reader.readexactly(5) == b"hello"
        if inside_resets:
            reset(writer)
        else:
            writer.write(b"hello")
            await end(reader, writer)

    async def outer(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        if inside_resets:
            await end(reader, writer)
        else:
            assert await reader.readexactly(5) == b"hello"
            reset(writer)
        await ended.wait()

    relayed(inner, outer)


def test_a_port_that_is_taken_is_an_os_error() -> None:
    with relay.listening(0) as first, pytest.raises(OSError, match="in use"):
        relay.listening(first.getsockname()[1])
