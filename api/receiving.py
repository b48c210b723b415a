"""Uploaded files: recognized by their content, hashed and kept without ever lying in memory whole."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from pathlib import Path

from starlette.datastructures import UploadFile

from api.services import Services
from models.errors import NotAllowed
from models.videos.contracts import ArtifactRef
from models.videos.media import KIND

CHUNK = 1 << 20
HEAD = 256
"""Bytes that tell what a file is."""
_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"), (b"MM\0*", "image/tiff"), (b"\x1a\x45\xdf\xa3", "video/webm"), (b"\0\0\x01\xba", "video/mpeg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-wmv"), (b"fLaC", "audio/flac"), (b"OggS", "audio/ogg"),
    *((first, "audio/mpeg") for first in (b"ID3", b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2")),
)  # fmt: skip
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_HEIF = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""Pictures of phones, which no step can read."""


def sniffed(head: bytes) -> str:
    """The media type that the first bytes of a file say (`HEAD` of them), empty for everything that no step can use."""
    for first, media_type in _BEGINNINGS:
        if head.startswith(first):
            return media_type
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return _of_boxes(head)
    if head[:2] == b"BM":
        return "image/bmp" if head[6:10] == b"\0\0\0\0" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS else ""
    return "video/mp2t" if any(len(places) == 2 and set(places) == {0x47} for places in (head[:189:188], head[4:197:192])) else ""


def _of_boxes(head: bytes) -> str:
    """A file of ISO boxes, by its brands: pictures and sound are kept in them too."""
    brands = {head[at : at + 4] for at in (8, *range(16, min(int.from_bytes(head[:4]), 64), 4))}
    if brands & {b"avif", b"avis"}:
        return "image/avif"
    if head[8:12] in _HEIF:
        return ""
    return "video/quicktime" if head[8:10] == b"qt" else "audio/mp4" if head[8:11] == b"M4A" else "video/mp4"


async def receive(parts: Services, file: UploadFile) -> tuple[ArtifactRef, str]:
    """Keep an upload as an artifact of kind `media`; returns it with its file name.

    Raises:
        NotAllowed: empty, or nothing that a film can show or play.
        ComponentDown: the disk is full.
    """
    name = _plain(file.filename or "")
    head = await file.read(HEAD)
    media_type = sniffed(head)
    if not media_type:
        raise NotAllowed(
            f"{name or 'The file'} is {'empty' if not head else 'no picture, clip or sound that a film can use'}.",
            hint="Bring JPEG, PNG, WebP, GIF, AVIF, BMP, TIFF, MP4, MOV, WebM, MKV, AVI, MPEG, WMV, MP3, WAV, FLAC, OGG or M4A.",
            field="body.file",
        )
    await file.seek(0)
    folder = parts.settings.data_dir / "uploads"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder) as copy:
        digest = hashlib.sha256()
        while chunk := await file.read(CHUNK):
            digest.update(chunk)
            await asyncio.to_thread(copy.write, chunk)
        await asyncio.to_thread(copy.flush)
        ref = await asyncio.to_thread(parts.artifacts.put_file, KIND, digest.hexdigest(), Path(copy.name), media_type)
    return ref, name


def _plain(name: str) -> str:
    """The last part of a file name without control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:120]
