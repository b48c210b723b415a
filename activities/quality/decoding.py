"""The pictures of a film, decoded by several decoders: it is cut where decoding may begin anew, and each takes the next part.

Threads inside one decoder wait for each other's pictures; parts depend on nothing, so that as many cores are busy as there are
decoders, and each works as if it were alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

import av
from av.error import FFmpegError

T = TypeVar("T")
PIECE = 300
"""Packets after which what was read so far of a part is decoded: a film that can be cut nowhere needs no more memory."""
IDR = 5
"""The kind of NAL unit in H.264 before which a decoder forgets all pictures (ITU-T H.264, table 7-1)."""


class Undecodable:
    """Stands among the pictures where a packet could not be decoded."""


class _Part:
    """What one decoder decodes, in pieces: packets from one place where decoding may begin to the next."""

    def __init__(self) -> None:
        self.decoder: Any = None
        self.last: Future[Any] | None = None


class PartsDecoder(Generic[T]):
    """Decodes a video stream. Use as a context manager: its threads end with it."""

    def __init__(self, stream: Any, decoders: int, see: Callable[[av.VideoFrame], T], options: dict[str, str]) -> None:
        """`see` is given each picture, on one of several threads, in order within a part alone; what it makes of them comes out of
        `push` and `finish` in the film's order. `options` are FFmpeg's, for each decoder."""
        self._see, self._stream = see, stream
        self._nal = _length_of_nal_sizes(stream)
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for _ in range(decoders):
            self._idle.put(_decoder(stream, options))
        self._pool = ThreadPoolExecutor(decoders, "decode")
        self._ahead = decoders + 1
        self._waiting: deque[Future[list[T | Undecodable]]] = deque()
        self._part, self._piece = _Part(), list[Any]()

    def __enter__(self) -> PartsDecoder[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def push(self, packet: Any) -> Iterator[T | Undecodable]:
        """Give the next packet; take what has been seen so far and comes next."""
        if self._piece and _is_idr(packet, self._nal):
            yield from self._submit(ends=True)
        self._piece.append(packet)
        if len(self._piece) >= PIECE:
            yield from self._submit(ends=False)

    def finish(self) -> Iterator[T | Undecodable]:
        """The rest, after the last packet."""
        yield from self._submit(ends=True)
        while self._waiting:
            yield from self._waiting.popleft().result()

    def _submit(self, *, ends: bool) -> Iterator[T | Undecodable]:
        part, piece = self._part, self._piece
        part.last = self._pool.submit(self._decode, part, part.last, piece, ends)
        self._waiting.append(part.last)
        self._piece = []
        if ends:
            self._part = _Part()
        while len(self._waiting) > self._ahead:
            yield from self._waiting.popleft().result()

    def _decode(self, part: _Part, before: Future[Any] | None, piece: list[Any], ends: bool) -> list[T | Undecodable]:
        if before is not None:
            before.result()  # begun before this one, so that it never waits for a thread
        if part.decoder is None:
            part.decoder = self._idle.get()
        decoder, found = part.decoder, list[T | Undecodable]()
        for packet in (*piece, None) if ends else piece:
            try:
                found += [self._see(frame) for frame in decoder.decode(packet)]
            except FFmpegError:
                found.append(Undecodable())
        if ends:
            decoder.flush_buffers()
            self._idle.put(decoder)
        return found


def _decoder(stream: Any, options: dict[str, str]) -> Any:
    context = av.CodecContext.create(stream.codec_context.codec, "r")
    context.extradata = stream.codec_context.extradata
    context.thread_count = 1
    context.options = options
    return context


def _length_of_nal_sizes(stream: Any) -> int:
    """How many bytes tell the size of each NAL unit of an H.264 track (ISO/IEC 14496-15, 5.3.3.1); 0 for all that is none."""
    extra = bytes(stream.codec_context.extradata or b"")
    return (extra[4] & 3) + 1 if stream.codec_context.name == "h264" and len(extra) > 4 and extra[0] == 1 else 0


def _is_idr(packet: Any, nal: int) -> bool:
    """Whether decoding may begin with this packet."""
    if not nal or not packet.is_keyframe:
        return False
    data, at = memoryview(packet), 0
    while at + nal < len(data):
        if data[at + nal] & 31 == IDR:
            return True
        at += nal + int.from_bytes(data[at : at + nal])
    return False
