"""YouTube accounts and quota on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.schemas.base import Answer, Body, Words
from models.youtube.choosing import AccountKind, AccountStatus
from models.youtube.contracts import BucketUsage


class Authorization(Answer):
    """Where a person gives consent."""

    url: str = Field(description="open it in a browser within 10 minutes; it works once")


class YouTubeAccountAnswer(Answer):
    """A Google identity that uploads, without its secrets."""

    id: UUID
    label: str
    project: str = Field(description="Google Cloud project whose quota it uses")
    kind: AccountKind = Field(description="reserve: serves only when no active account can")
    status: AccountStatus
    uploads_a_day: int
    uploads_today: int
    health: int = Field(description="0 to 100; below 70 others are preferred")
    consecutive_errors: int
    error_rate: float = Field(description="share of failures among the last 20 outcomes")
    last_error: str
    last_used_at: datetime | None
    connected_at: datetime | None = Field(description="when a person last gave consent")
    refresh_dies_at: datetime | None = Field(description="when it must be reconnected at the latest")
    channels: list[str] = Field(description="YouTube ids of the channels it may upload to")


class YouTubeAccountChange(Body):
    """What to change; what is left out stays. Switching an account on again forgets its errors."""

    label: Words | None = None
    kind: AccountKind | None = None
    uploads_a_day: int | None = Field(None, ge=0, le=100)
    status: Literal["active", "disabled"] | None = None


class QuotaAnswer(Answer):
    """The quota of today (a Pacific day) and what still fits into it."""

    buckets: list[BucketUsage]
    videos_left: int = Field(description="videos that can still go out today through your accounts")
    complete_left: int = Field(description="of these, with thumbnail, captions and playlist")
    renews_at: datetime


class AlertAnswer(Answer):
    """Something that a person should look at."""

    kind: str
    message: str
    link: str
    account_id: UUID | None
    raised_at: datetime | None
