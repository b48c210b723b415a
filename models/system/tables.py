"""Tables of the schema `system`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.columns import free_form, made_at, moment, words


class OutboxMessage(SQLModel, table=True):
    """Something to be done outside the database because of a committed row, at least once; `key` makes it once."""

    __tablename__ = "outbox"
    __table_args__ = {"schema": "system"}

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    kind: str = words()
    key: str = words(unique=True)
    payload: dict[str, Any] = free_form()
    created_at: datetime = made_at()
    sent_at: datetime | None = moment()
    attempts: int = 0
    last_error: str = words()
    next_try_at: datetime = made_at()


class SystemSetting(SQLModel, table=True):
    """A switch or value that an operator changes while the platform runs."""

    __tablename__ = "settings"
    __table_args__ = {"schema": "system"}

    key: str = words(primary_key=True)
    value: Any = Field(sa_type=JSONB, nullable=False)
    updated_at: datetime = made_at()


class Breaker(SQLModel, table=True):
    """The circuit breaker of one provider, shared by every process."""

    __tablename__ = "breakers"
    __table_args__ = {"schema": "system"}

    provider: str = words(primary_key=True)
    failures: int = 0
    opened_at: datetime | None = moment()
    trial_at: datetime | None = moment()
    last_error: str = words()
    last_failure_at: datetime | None = moment()
    last_success_at: datetime | None = moment()
    updated_at: datetime = made_at()
