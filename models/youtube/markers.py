"""The marker: a tag by which a video of ours is found again at YouTube. Tags are shown to nobody but the owner."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from models.videos.metadata import TAG_CHARACTERS, tags_length


def marker_of(video_id: UUID) -> str:
    """The marker of a video, the same in every process."""
    return f"ref-{video_id.hex}"


def tags_with(tags: Iterable[str], marker: str) -> list[str]:
    """The tags and the marker, without the last tags where they would not fit beside it."""
    kept = list(tags)
    while kept and tags_length([*kept, marker]) > TAG_CHARACTERS:
        kept.pop()
    return [*kept, marker]
