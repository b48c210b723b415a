"""Tables of the schema `system`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

import models.users.tables  # noqa: F401 - where foreign keys lead
from models.columns import free_form, made_at, moment, texts, words
from models.ids import new_id


def _number() -> Any:
    return Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])


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


class RateLimit(SQLModel, table=True):
    """Hits under a key in the running window and the one before. The table is unlogged: a crash of the server forgives."""

    __tablename__ = "rate_limits"
    __table_args__ = {"schema": "system"}

    key: str = words(primary_key=True)
    window_start: datetime = made_at()
    hits: int = 0
    previous: int = 0


class IdempotencyKey(SQLModel, table=True):
    """An operation that is done once: claimed (`status` null) or answered."""

    __tablename__ = "idempotency_keys"
    __table_args__ = {"schema": "system"}

    owner: UUID = Field(primary_key=True, foreign_key="users.accounts.id", ondelete="CASCADE")
    key: str = words(primary_key=True)
    body_hash: bytes
    operation_id: UUID = Field(default_factory=new_id)
    holder: UUID | None = None
    status: int | None = None
    answer: Any = Field(default=None, sa_type=JSONB, nullable=True)
    headers: dict[str, Any] = free_form()
    created_at: datetime = made_at()
    locked_until: datetime = made_at()


class ApiRequest(SQLModel, table=True):
    """A request that was answered."""

    __tablename__ = "api_requests"
    __table_args__ = {"schema": "system"}

    id: int | None = _number()
    at: datetime = made_at()
    request_id: str = words()
    user_id: UUID | None = None
    key_id: UUID | None = None
    method: str = words()
    route: str = words()
    status: int
    milliseconds: float
    address: str = words()
    agent: str = words()


class AuditEntry(SQLModel, table=True):
    """A change of state: who did what to whose."""

    __tablename__ = "audit_log"
    __table_args__ = {"schema": "system"}

    id: int | None = _number()
    at: datetime = made_at()
    request_id: str = words()
    actor_id: UUID | None = None
    owner_id: UUID | None = None
    action: str = words()
    object_type: str = words()
    object_id: str = words()
    detail: dict[str, Any] = free_form()
    address: str = words()


class WebhookEndpoint(SQLModel, table=True):
    """An address of a user's that events are sent to."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = {"schema": "system"}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.accounts.id", ondelete="CASCADE")
    url: str = words()
    description: str = words()
    events: list[str] = texts()
    secret: str = words()
    created_at: datetime = made_at()
    deleted_at: datetime | None = moment()
    disabled_at: datetime | None = moment()
    disabled_because: str = words()
    failures: int = 0


class WebhookDelivery(SQLModel, table=True):
    """One event on its way to one endpoint."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (UniqueConstraint("endpoint_id", "event_id"), {"schema": "system"})

    id: UUID = Field(default_factory=new_id, primary_key=True)
    endpoint_id: UUID = Field(foreign_key="system.webhook_endpoints.id", ondelete="CASCADE")
    user_id: UUID = Field(foreign_key="users.accounts.id", ondelete="CASCADE")
    event_id: str = words()
    event_type: str = words()
    payload: dict[str, Any] = free_form()
    status: str = words("waiting")
    attempts: int = 0
    answer_status: int | None = None
    error: str = words()
    created_at: datetime = made_at()
    last_attempt_at: datetime | None = moment()
    delivered_at: datetime | None = moment()


class WebhookReceived(SQLModel, table=True):
    """An event from outside that has been handled, with the answer."""

    __tablename__ = "webhook_inbox"
    __table_args__ = {"schema": "system"}

    source: str = words(primary_key=True)
    event_id: str = words(primary_key=True)
    received_at: datetime = made_at()
    answer: Any = Field(default=None, sa_type=JSONB, nullable=True)


class ProviderCall(SQLModel, table=True):
    """One call of a provider that allows only so many an hour."""

    __tablename__ = "provider_calls"
    __table_args__ = {"schema": "system"}

    id: int | None = _number()
    provider: str = words()
    at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        nullable=False,
        sa_column_kwargs={"server_default": text("clock_timestamp()")},
    )
