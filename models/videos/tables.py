"""Tables of the schema `videos`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, FetchedValue, ForeignKeyConstraint, Identity, UniqueConstraint
from sqlmodel import Field, SQLModel

import models.channels.tables  # noqa: F401 - where foreign keys lead
import models.users.tables  # noqa: F401 - where foreign keys lead
from models.columns import amount, free_form, made_at, moment, texts, words
from models.ids import new_id


def _video() -> Any:
    return Field(foreign_key="videos.video_records.id", ondelete="CASCADE")


def _number() -> Any:
    return Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])


class VideoRecord(SQLModel, table=True):
    """A video: what was asked for, where it is, what it cost and where it went. `total_cost` is the ledger's alone to write."""

    __tablename__ = "video_records"
    __table_args__ = (
        ForeignKeyConstraint(
            ["channel_id", "user_id"], ["channels.youtube_channels.id", "channels.youtube_channels.user_id"], ondelete="RESTRICT"
        ),
        {"schema": "videos"},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID
    channel_id: UUID
    title: str = words()
    topic: str = words()
    description: str = words()
    tags: list[str] = texts()
    category: str = words("27")
    language: str = words("en")
    format: str = words("standard")
    level: str = words("standard")
    priority: int = 3
    request: dict[str, Any] = free_form()
    slug: str = words()
    status: str = words("queued")
    step: str = words()
    detail: str = words()
    park_reason: str | None = words(None)
    park_until: datetime | None = moment()
    error: str = words()
    workflow_id: str = words(unique=True)
    run_id: str = words()
    estimated_cost: Decimal = amount()
    total_cost: Decimal = amount()
    budget_cap: Decimal | None = amount(optional=True)
    quality_score: float | None = None
    compliance_score: float | None = None
    quality: dict[str, Any] = free_form()
    seconds: float = 0.0
    encoder: str = words()
    location: str = words()
    youtube_id: str | None = words(None, unique=True)
    scheduled_at: datetime | None = moment()
    started_at: datetime | None = moment()
    ended_at: datetime | None = moment()
    published_at: datetime | None = moment()
    created_at: datetime = made_at()
    updated_at: datetime = made_at()


class VideoArtifact(SQLModel, table=True):
    """Which artifact belongs to which video; the content lies in the artifact store."""

    __tablename__ = "artifacts"
    __table_args__ = (UniqueConstraint("video_id", "kind", "digest"), {"schema": "videos"})

    id: int | None = _number()
    video_id: UUID = _video()
    kind: str = words()
    digest: str = words()
    media_type: str = words()
    size: int = Field(sa_type=BigInteger)
    step: str = words()
    created_at: datetime = made_at()


class VideoStep(SQLModel, table=True):
    """What served a step (or a batch of its scenes, `part`), at what cost, and why others did not."""

    __tablename__ = "steps"
    __table_args__ = (UniqueConstraint("video_id", "step", "part"), {"schema": "videos"})

    id: int | None = _number()
    video_id: UUID = _video()
    step: str = words()
    part: str = words()
    provider: str = words()
    cost: Decimal = amount()
    passed_over: list[str] = texts()
    cached: bool = False
    seconds: float = 0.0
    at: datetime = made_at()


class VideoEvent(SQLModel, table=True):
    """Something that happened to a video.

    The database numbers it, in the order in which a user's events become visible, and notifies the channel `video_events` with
    `{"id", "video_id", "user_id"}`.
    """

    __tablename__ = "events"
    __table_args__ = {"schema": "videos"}

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_kwargs={"server_default": FetchedValue()})
    video_id: UUID = _video()
    user_id: UUID
    type: str = words()
    data: dict[str, Any] = free_form()
    at: datetime = made_at()


class OwnMedia(SQLModel, table=True):
    """A picture or clip that a user brought: only its users may name the digest in a request."""

    __tablename__ = "media"
    __table_args__ = {"schema": "videos"}

    user_id: UUID = Field(primary_key=True, foreign_key="users.accounts.id", ondelete="CASCADE")
    digest: str = words(primary_key=True)
    media_type: str = words()
    size: int = Field(sa_type=BigInteger)
    name: str = words()
    created_at: datetime = made_at()


class FootageUse(SQLModel, table=True):
    """A clip or picture of a provider that a scene of a video shows. `subject` is the digest of what the scene is about."""

    __tablename__ = "footage_uses"
    __table_args__ = {"schema": "videos"}

    video_id: UUID = Field(foreign_key="videos.video_records.id", ondelete="CASCADE", primary_key=True)
    provider: str = words(primary_key=True)
    source_id: str = words(primary_key=True)
    scene: int
    channel_id: UUID
    subject: str = words()
    at: datetime = made_at()
