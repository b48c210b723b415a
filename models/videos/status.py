"""The states of a video and which may follow which."""

from __future__ import annotations

from enum import StrEnum


class VideoStatus(StrEnum):
    """Where a video is. The last five are ends; a video reaches exactly one of them."""

    QUEUED = "queued"
    SCRIPTING = "scripting"
    PRODUCING = "producing"
    RENDERING = "rendering"
    CHECKING = "checking"
    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    PUBLISHING = "publishing"
    PARKED = "parked"
    PUBLISHED = "published"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether the video is done with, well or badly."""
        return self in ENDED


ENDED = frozenset({VideoStatus.PUBLISHED, VideoStatus.COMPLETED, VideoStatus.REJECTED, VideoStatus.CANCELLED, VideoStatus.FAILED})


class Step(StrEnum):
    """The steps of a film, in the order of the walk."""

    SCRIPT = "script"
    MODERATION = "moderation"
    VOICE = "voice"
    FOOTAGE = "footage"
    CAPTIONS = "captions"
    RENDER = "render"
    THUMBNAIL = "thumbnail"
    QUALITY = "quality"
    APPROVAL = "approval"
    UPLOAD = "upload"


class ParkReason(StrEnum):
    """Why a video waits."""

    BUDGET = "budget"
    QUOTA = "quota"
    PROVIDER = "provider"
    PERSON = "person"
    PAUSED = "paused"
    STORAGE = "storage"
