"""Pass connections on from ports of this computer into the VM's network namespace."""

from __future__ import annotations

import asyncio
import contextlib
import socket

_CHUNK_BYTES = 256 * 1024


def listening(port: int) -> socket.socket:
    """A socket that listens on a port of 127.0.0.1, in the network namespace of now. Raises OSError."""
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
    """Each connection to the listener becomes one to a port of this process's own namespace."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(
                "127.0.0.1", inner_port, limit=_CHUNK_BYTES
            )
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
        finally:
            for each in (writer, inner_writer):
                each.close()

    return await asyncio.start_server(relay, sock=listener, limit=_CHUNK_BYTES)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one side ends; the end is passed on alone, as the other direction may go on."""
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
