"""Pictures of the sizes that are asked for: noise, which nothing can make smaller."""

import random
import struct
import zlib
from pathlib import Path

#: Width and height in pixels, which make 20 KB and 1 MB.
SIZES = {"small": (83, 82), "large": (592, 590)}


def write(folder: Path) -> None:
    """Writes a PNG for each size."""
    folder.mkdir()
    for name, (width, height) in SIZES.items():
        (folder / f"{name}.png").write_bytes(_png(width, height, random.Random(name)))


def _png(width: int, height: int, chance: random.Random) -> bytes:
    rows = b"".join(b"\0" + chance.randbytes(3 * width) for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    kind, data = chunk
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
