"""Users and what they prefer, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from api.schemas.auth import Name
from api.schemas.base import Answer, Body, Flag, Language, Line
from models.users.plans import Plan
from models.videos.contracts import Level, VideoFormat

TimeZone = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}$", max_length=64)]
"""An IANA name, such as Europe/Berlin or UTC."""


class Limits(Answer):
    """What the plan allows."""

    channels: int
    videos_a_day: int
    requests_a_minute: int


class UserAnswer(Answer):
    """You."""

    id: UUID
    email: str
    name: str
    role: Literal["user", "admin"]
    plan: Plan
    subscription_status: str
    trial_ends_at: datetime | None = None
    time_zone: str
    limits: Limits
    created_at: datetime


class UserChange(Body):
    """What to change; what is left out stays."""

    name: Name | None = None
    time_zone: TimeZone | None = None


class Preferences(Body):
    """What you prefer where a request does not say."""

    language: Language = "en"
    format: VideoFormat = VideoFormat.STANDARD
    level: Level = Level.STANDARD
    niche: Line = "general"
    voice: Line = ""
    auto_publish: Flag = True
    mail_on_parked: Flag = True
    mail_on_published: Flag = False
    weekly_report: Flag = True
