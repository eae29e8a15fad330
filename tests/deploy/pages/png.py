"""PNG pictures, read without a library: 8 bits a channel, RGB or RGBA, not interlaced (as of browsers)."""

import struct
import zlib
from pathlib import Path

Pixel = tuple[int, ...]


def pixels(path: Path) -> list[list[Pixel]]:
    """The rows of the picture, each pixel (red, green, blue)."""
    data, at, packed = path.read_bytes(), 8, b""
    width = height = channels = 0
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert depth == 8 and colour in (2, 6)
            channels = 3 if colour == 2 else 4
        packed += body if kind == b"IDAT" else b""
        at += length + 12
    raw, size = zlib.decompress(packed), width * channels
    rows, before = [], bytearray(size)
    for row in range(height):
        start = row * (size + 1)
        before = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + size]), before, channels)
        rows.append([tuple(before[x : x + 3]) for x in range(0, size, channels)])
    return rows


def _unfiltered(kind: int, line: bytearray, above: bytearray, step: int) -> bytearray:
    """One row, as https://www.w3.org/TR/png-3/#9Filters says."""
    for x in range(len(line)):
        left, up = line[x - step] if x >= step else 0, above[x]
        corner = above[x - step] if x >= step else 0
        line[x] = (line[x] + (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]) & 255
    return line


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda each: abs(guess - each))
