"""Small finished films for the tests of publishers."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID, uuid4

from activities.artifacts import ArtifactStore
from models.videos.contracts import VideoInput, VideoRequest
from models.videos.finishing import FilmMetadata, UploadTask


def film_bytes(size: int, seed: str = "film") -> bytes:
    """Bytes that differ everywhere, so that a shifted or doubled range is seen."""
    blocks = (hashlib.sha256(f"{seed}-{number}".encode()).digest() for number in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def finished_film(
    store: ArtifactStore,
    *,
    title: str = "Why the sky is blue",
    size: int = 3000,
    provider: str = "folder",
    video_id: UUID | None = None,
    user_id: UUID | None = None,
    channel_id: UUID | None = None,
    publish_at: datetime | None = None,
    film: bytes | None = None,
    **metadata: object,
) -> UploadTask:
    """An upload task whose artifacts lie in `store`."""
    video_id = video_id or uuid4()
    about = FilmMetadata.model_validate(
        {"title": title, "description": "Light scatters.", "tags": ("sky",), "language": "en", **metadata}
    )
    return UploadTask(
        video=VideoInput(
            video_id=video_id, user_id=user_id or uuid4(), channel_id=channel_id or uuid4(), request=VideoRequest(topic=title)
        ),
        provider=provider,
        film=store.put_content("film", film if film is not None else film_bytes(size, str(video_id)), "video/mp4"),
        thumbnail=store.put_content("thumbnail", b"\xff\xd8\xff picture", "image/jpeg"),
        captions_srt=store.put_content("srt", b"1\n00:00:00,000 --> 00:00:01,000\nBlue\n", "application/x-subrip"),
        captions_vtt=store.put_content("vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\nBlue\n", "text/vtt"),
        metadata=store.put_content("metadata", about.model_dump_json().encode(), "application/json"),
        publish_at=publish_at,
    )
