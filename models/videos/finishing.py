"""What the last steps of a film hand to each other: thumbnail, quality check, upload; by the rules of `models.videos.contracts`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from models.videos.contracts import ArtifactRef, Contract, Provided, VideoInput

# --- thumbnail ------------------------------------------------------------------------------------------------------


class ThumbnailTask(Contract):
    """Input of the thumbnail step."""

    video: VideoInput
    provider: str
    script: ArtifactRef


class ThumbnailCandidate(Contract):
    """One of the three candidates with the parts of its score (0-100)."""

    image: ArtifactRef
    score: float
    parts: dict[str, float]
    reason: str = ""


class ThumbnailMade(Contract):
    """Output of the thumbnail step: JPEG for publishing, WebP for the console."""

    chosen: ArtifactRef
    webp: ArtifactRef
    candidates: tuple[ThumbnailCandidate, ...]
    provided: Provided


# --- render, quality ------------------------------------------------------------------------------------------------


class RenderProgress(Contract):
    """Heartbeat of the render step."""

    segments_done: int
    segments: int
    seconds_done: float
    seconds: float


class Problem(Contract):
    """Something wrong with the film, at a time."""

    check: str
    message: str
    start: float | None = None
    end: float | None = None
    fatal: bool = True


class QualityTask(Contract):
    """Input of the quality step."""

    video: VideoInput
    film: ArtifactRef
    timeline: ArtifactRef
    captions: ArtifactRef
    script: ArtifactRef | None = Field(default=None, description="whose text is checked; None: the captions'")
    recent: tuple[ArtifactRef, ...] = Field(default=(), description="scripts of the channel's latest videos, to say nothing twice")


class QualityProgress(Contract):
    """Heartbeat of the quality step, in seconds of the film."""

    seconds_done: float
    seconds: float


class QualityReport(Contract):
    """Output of the quality step: a score 0-100 whose parts can be read."""

    passed: bool
    score: float
    parts: dict[str, float]
    measured: dict[str, float]
    problems: tuple[Problem, ...] = ()


# --- upload ---------------------------------------------------------------------------------------------------------


class FilmMetadata(Contract):
    """What is published with the film. Stored as an artifact of kind `metadata`."""

    title: str
    description: str
    tags: tuple[str, ...]
    language: str
    category: str = "27"
    made_for_kids: bool = False
    synthetic_media: bool = True
    notify_subscribers: bool = True
    playlist: str = Field(default="", description="id of the playlist that the video is put in; empty for none")


class UploadTask(Contract):
    """Input of the upload step."""

    video: VideoInput
    provider: str
    film: ArtifactRef
    thumbnail: ArtifactRef
    captions_srt: ArtifactRef
    captions_vtt: ArtifactRef
    metadata: ArtifactRef
    publish_at: datetime | None = None


class Uploaded(Contract):
    """Output of the upload step."""

    location: str = Field(description="folder, or address of the published video")
    external_id: str = ""
    upload_id: UUID | None = Field(default=None, description="row of `youtube.uploads`, where there is one")
    account: str = Field(default="", description="the account that served, for people")
    provided: Provided
