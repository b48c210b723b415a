"""Reading what a stranger's server sends: bounded in bytes once unpacked, whatever the answer says of itself.

HTTP clients unpack a whole piece at once, however often it was packed: a kilobyte may become gigabytes before anybody counts.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from models.errors import BadOutput, Unavailable

ACCEPTED = "gzip"
"""What requests say in `Accept-Encoding`."""
_PIECE = 1 << 18


class Answer(Protocol):
    """An answer whose body was not read yet, of any client in the manner of httpx."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Its fields, by names in any case."""

    def aiter_raw(self) -> AsyncIterator[bytes]:
        """The body as it came over the wire."""


async def pieces_of(provider: str, answer: Answer, largest: int) -> AsyncIterator[bytes]:
    """The body, unpacked, piece by piece.

    Raises:
        BadOutput: it has more than `largest` bytes, or is packed in a way that was not asked for.
        Unavailable: it was cut off.
    """
    packed = answer.headers.get("content-encoding", "").strip().lower()
    if packed not in ("", "identity", "gzip", "x-gzip"):
        raise BadOutput(f"{provider} answered packed as {packed[:40]!r}, which was not asked for.", provider=provider)
    unpack = zlib.decompressobj(wbits=31) if packed not in ("", "identity") else None
    size = 0
    async for raw in answer.aiter_raw():
        async for piece in _unpacked(provider, unpack, raw):
            size += len(piece)
            if size > largest:
                raise BadOutput(f"{provider} answered with more than {largest:,} bytes.", provider=provider)
            yield piece
    if unpack is not None and size and not unpack.eof:
        raise Unavailable(f"The answer of {provider} was cut off.", provider=provider)


async def _unpacked(provider: str, unpack: zlib._Decompress | None, raw: bytes) -> AsyncIterator[bytes]:
    if unpack is None:
        yield raw
        return
    try:
        while piece := unpack.decompress(raw, _PIECE):
            yield piece
            raw = unpack.unconsumed_tail
    except zlib.error as error:
        raise BadOutput(f"{provider} answered with something that is not gzip.", provider=provider) from error


async def body_of(provider: str, answer: Answer, largest: int) -> bytes:
    """The whole body. Raises as `pieces_of`."""
    return b"".join([piece async for piece in pieces_of(provider, answer, largest)])


async def beginning_of(provider: str, answer: Answer, size: int) -> bytes:
    """The first `size` bytes of the body, or as many as can be read: the words of an error."""
    found = b""
    try:
        async for piece in pieces_of(provider, answer, 100 * size):
            found += piece
            if len(found) >= size:
                break
    except (BadOutput, Unavailable):
        pass
    return found[:size]
