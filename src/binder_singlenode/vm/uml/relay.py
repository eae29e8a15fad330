"""Forward connections from ports of this computer into the VM's network namespace."""

from __future__ import annotations

import asyncio
import socket

_CHUNK_BYTES = 256 * 1024


def listening(port: int) -> socket.socket:
    """A socket that listens on a port of 127.0.0.1, in the current network namespace. Raises OSError."""
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


async def serve(listener: socket.socket, inner_port: int) -> asyncio.Server:
    """Forward each connection on the listener to a port in this process's network namespace."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(
                "127.0.0.1", inner_port, limit=_CHUNK_BYTES
            )
        except OSError:
            writer.close()
            return
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_copy(reader, inner_writer))
                both.create_task(_copy(inner_reader, writer))
        except* OSError:
            pass  # one side is gone: close the connection in both directions
        finally:
            for each in (writer, inner_writer):
                each.close()

    return await asyncio.start_server(relay, sock=listener, limit=_CHUNK_BYTES)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the reader's side closes, then close only this direction: the other may continue."""
    while data := await reader.read(_CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
