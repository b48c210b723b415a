"""Tables of the schema `channels`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

import models.users.tables  # noqa: F401 - where foreign keys lead
from models.columns import free_form, made_at, words
from models.ids import new_id


class Channel(SQLModel, table=True):
    """A YouTube channel that the platform makes videos for. `health` is 0 to 1; `brand` is the contract of that name."""

    __tablename__ = "youtube_channels"
    __table_args__ = (UniqueConstraint("id", "user_id"), {"schema": "channels"})

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.accounts.id", ondelete="RESTRICT")
    name: str = words()
    description: str = words()
    youtube_channel_id: str | None = words(None, unique=True)
    niche: str = words("general")
    sub_niche: str = words()
    target_audience: str = words()
    content_strategy: dict[str, Any] = free_form()
    publish_schedule: dict[str, Any] = free_form()
    brand: dict[str, Any] = free_form()
    videos_per_day: int = 1
    auto_publish: bool = False
    automation_enabled: bool = False
    health: float = 1.0
    status: str = words("active")
    time_zone: str = words("UTC")
    language: str = words("en")
    created_at: datetime = made_at()
    updated_at: datetime = made_at()
