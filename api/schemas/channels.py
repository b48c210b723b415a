"""Channels on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from api.schemas.base import NUMBER, TEXT, Answer, Body, Flag, Language, Line, Whole, Words
from api.schemas.users import TimeZone
from api.schemas.videos import MediaRef
from models.videos.contracts import Brand

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
LongText = Annotated[str, StringConstraints(pattern=TEXT, max_length=5000)]


class Schedule(Body):
    """When to publish; empty: the usual times of the niche."""

    days: Annotated[list[Day], Field(max_length=7)] = []
    times: Annotated[list[Clock], Field(max_length=3)] = Field([], examples=[["09:00", "18:30"]])


Colour = Annotated[str, StringConstraints(pattern=r"^(#[0-9A-Fa-f]{6})?$")]


class Colours(Body):
    """Your own colours; empty ones are chosen to go with them. One that would not read on its ground is changed so that it does."""

    background: Colour = Field("", examples=["#101a33"])
    surface: Colour = Field("", description="of cards and panels")
    text: Colour = ""
    accent: Colour = Field("", examples=["#ffc94d"])
    accent2: Colour = ""


class IdentBody(Body):
    """What opens or closes the films: a clip or picture of yours, or a designed card with the channel's name and logo."""

    card: Flag = False
    media: MediaRef | None = Field(None, description="goes before the card; at most 15 seconds of it are shown")


class BrandBody(Body):
    """How the films look and sound, as far as the niche shall not decide."""

    colours: Colours = Colours()
    logo: MediaRef | None = Field(None, description="shown in the corner in place of the channel's name")
    music: MediaRef | None = Field(None, description="the bed under the voice")
    intro: IdentBody = IdentBody()
    outro: IdentBody = IdentBody()

    def media(self) -> list[str]:
        """The digests of its files."""
        return [ref.digest for ref in (self.logo, self.music, self.intro.media, self.outro.media) if ref is not None]


class ChannelFields(Body):
    """What can be said about a channel."""

    description: LongText = ""
    niche: Line = "general"
    sub_niche: Line = ""
    target_audience: Line = ""
    publish_schedule: Schedule = Schedule()
    brand: BrandBody = BrandBody()
    videos_per_day: Whole = Field(1, ge=0, le=3)
    auto_publish: Flag = Field(False, description="true: films that pass their check are published without a person")
    automation_enabled: Flag = Field(False, description="true: topics are found and videos asked for by the daily schedule")
    time_zone: TimeZone = "UTC"
    language: Language = "en"


class NewChannel(ChannelFields):
    """A new channel."""

    name: Words = Field(examples=["Everyday physics"])


class ChannelChange(Body):
    """What to change; what is left out stays."""

    name: Words | None = None
    description: LongText | None = None
    niche: Line | None = None
    sub_niche: Line | None = None
    target_audience: Line | None = None
    publish_schedule: Schedule | None = None
    brand: BrandBody | None = Field(None, description="as a whole")
    videos_per_day: Annotated[int, Field(ge=0, le=3), NUMBER] | None = None
    auto_publish: Flag | None = None
    automation_enabled: Flag | None = None
    time_zone: TimeZone | None = None
    language: Language | None = None
    status: Literal["active", "paused"] | None = None


class ChannelAnswer(Answer):
    """A channel."""

    id: UUID
    name: str
    description: str
    niche: str
    sub_niche: str
    target_audience: str
    publish_schedule: dict[str, list[str]]
    brand: Brand
    videos_per_day: int
    auto_publish: bool
    automation_enabled: bool
    health: float = Field(description="0 to 1")
    status: Literal["pending_oauth", "active", "paused", "suspended"]
    time_zone: str
    language: str
    youtube_channel_id: str | None = None
    created_at: datetime
    updated_at: datetime
