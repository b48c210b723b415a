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


def sniffed(head: bytes) -> str:
    """The media type that the first bytes of a file say, empty for everything that no step can use."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:10] == b"qt" else "audio/mp4" if head[8:11] == b"M4A" else "video/mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm"
    if head.startswith(b"fLaC"):
        return "audio/flac"
    if head.startswith(b"ID3") or head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        return "audio/mpeg"
    return ""


async def receive(parts: Services, file: UploadFile) -> tuple[ArtifactRef, str]:
    """Keep an upload as an artifact of kind `media`; returns it with its file name.

    Raises:
        NotAllowed: empty, or nothing that a film can show or play.
        ComponentDown: the disk is full.
    """
    name = _plain(file.filename or "")
    head = await file.read(64)
    media_type = sniffed(head)
    if not media_type:
        raise NotAllowed(
            f"{name or 'The file'} is {'empty' if not head else 'no picture, clip or sound that a film can use'}.",
            hint="Bring JPEG, PNG, WebP, GIF, MP4, MOV, WebM, MP3, WAV or FLAC.",
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
