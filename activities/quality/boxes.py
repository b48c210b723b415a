"""The boxes of an MP4 file: is it whole, and can it be played while it loads?"""

from __future__ import annotations

from pathlib import Path

from activities.quality.facts import FileFacts

FIRST = (b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide")
"""Boxes that an MP4 file may begin with."""


def read_boxes(path: Path) -> FileFacts:
    """Walk the file's outer boxes (ISO 14496-12), reading a few bytes of each."""
    size, at = path.stat().st_size, 0
    order: list[bytes] = []
    missing = 0
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            head = file.read(16)
            if len(head) < 8:
                missing += 8 - len(head)
                break
            length = int.from_bytes(head[:4], "big")
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            elif length == 0:  # to the end of the file
                length = size - at
            order.append(head[4:8])
            if len(order) == 1 and order[0] not in FIRST:
                return FileFacts(size=size, mp4=False)
            if length < 8:
                break
            missing += max(0, at + length - size)
            at += length
    moov = b"moov" in order
    first = moov and (b"mdat" not in order or order.index(b"moov") < order.index(b"mdat"))
    return FileFacts(size=size, mp4=bool(order), missing=missing, moov=moov, moov_first=first)
