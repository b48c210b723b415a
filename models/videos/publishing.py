"""What the publishing steps hand to each other, whichever publisher serves."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from models.videos.contracts import ArtifactRef, Contract, VideoInput
from models.videos.finishing import Uploaded, UploadTask

FILM_FOLDER = "film-folder"
"""What kind of thing the folder of a published film is, where it is missed."""


class MetadataTask(Contract):
    """Input of the metadata step: everything a description is made from."""

    video: VideoInput
    script: ArtifactRef
    timeline: ArtifactRef = Field(description="gives the times of the chapters")
    takes: tuple[ArtifactRef, ...] = Field(description="give the credits and licences")
    playlist: str = Field(default="", description="id of the playlist that the video is put in; empty for none")


class UploadProgress(Contract):
    """Heartbeat of an upload. A later attempt goes on from the row in the database; this is for people who watch."""

    publisher: str
    sent: int = Field(ge=0, description="bytes that the publisher confirmed")
    size: int = Field(ge=0, description="bytes in all")
    session: str = Field(default="", description="address of the resumable session, encrypted")
    account: str = ""


class Extra(StrEnum):
    """What is added to a published film, each by its own call, each safe to repeat, in this order."""

    THUMBNAIL = "thumbnail"
    CAPTIONS_SRT = "captions_srt"
    CAPTIONS_VTT = "captions_vtt"
    PLAYLIST = "playlist"


class ExtraTask(Contract):
    """Input of one extra."""

    upload: UploadTask
    uploaded: Uploaded
    extra: Extra


class ExtraDone(Contract):
    """Output of one extra: done now or before, or why it was left out."""

    extra: Extra
    done: bool
    reason: str = Field(default="", description="why it was left out, for people; empty when done")
    external_id: str = ""
    retry_at: datetime | None = Field(default=None, description="when what could not be had now may be asked for again")


class LaterExtras(Contract):
    """Input of `LaterExtrasWorkflow`: extras that could not be had, and when the first may be asked for again."""

    upload: UploadTask
    uploaded: Uploaded
    extras: tuple[Extra, ...]
    at: datetime


class ConfirmTask(Contract):
    """Input of the confirmation: asked again and again until the film is settled."""

    upload: UploadTask
    uploaded: Uploaded


class Visibility(StrEnum):
    """Where a published film is on its way to the public."""

    PROCESSING = "processing"
    SCHEDULED = "scheduled"
    VISIBLE = "visible"
    HIDDEN = "hidden"
    """Processed, but kept private against the wish: YouTube does so with videos of projects that were not audited."""
    REJECTED = "rejected"


class Confirmation(Contract):
    """Output of the confirmation."""

    state: Visibility
    detail: str = ""
    visible_at: datetime | None = Field(default=None, description="of a scheduled film: when it becomes public")
    ask_again_seconds: float = Field(default=0.0, description="when to ask next; 0 when settled")

    @property
    def settled(self) -> bool:
        """Nothing more will happen by itself that needs watching."""
        return self.state in (Visibility.VISIBLE, Visibility.HIDDEN, Visibility.REJECTED)
