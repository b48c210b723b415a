"""What `videos.insert` is told about a video."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from models.ids import digest_of
from models.videos.finishing import FilmMetadata
from models.youtube.markers import tags_with


def insert_body(
    metadata: FilmMetadata, *, youtube_channel_id: str, marker: str, privacy: str, publish_at: datetime | None, now: datetime
) -> dict[str, Any]:
    """The body, with part names as keys. A time that is over publishes at once; a scheduled video is private until its time.

    The channel is named although YouTube puts a video where the credentials belong: it says what is meant.
    """
    status: dict[str, Any] = {
        "privacyStatus": privacy,
        "selfDeclaredMadeForKids": metadata.made_for_kids,
        "containsSyntheticMedia": metadata.synthetic_media,
    }
    if publish_at is not None and publish_at > now:
        status |= {
            "privacyStatus": "private",
            "publishAt": publish_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
    snippet = {
        "title": metadata.title,
        "description": metadata.description,
        "tags": tags_with(metadata.tags, marker),
        "categoryId": metadata.category,
        "channelId": youtube_channel_id,
        "defaultLanguage": metadata.language,
        "defaultAudioLanguage": metadata.language,
    }
    return {"snippet": snippet, "status": status}


def metadata_hash(metadata: FilmMetadata, publish_at: datetime | None) -> str:
    """What of the metadata makes an upload another one."""
    return digest_of(metadata, publish_at.isoformat() if publish_at else None)


def watch_url(youtube_id: str) -> str:
    """Where people see the video."""
    return f"https://www.youtube.com/watch?v={youtube_id}"
