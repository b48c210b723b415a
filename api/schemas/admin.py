"""Running the platform, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from api.pagination import PageQuery
from api.schemas.base import LINE, NUMBER, Answer, Body, DayDollars, Flag, Line, Words
from models.money import Money
from models.users.plans import Plan

Role = Literal["user", "admin"]


class UserQuery(PageQuery):
    """Which accounts."""

    search: Annotated[str, StringConstraints(pattern=LINE, max_length=100)] = Field("", description="part of the address or name")
    role: Role | None = None
    plan: Plan | None = None


class AccountAnswer(Answer):
    """An account as administrators see it."""

    id: UUID
    email: str
    name: str
    role: Role
    plan: Plan
    subscription_status: str
    limits: dict[str, Any]
    day_cap: Money | None = None
    email_verified_at: datetime | None = None
    failed_logins: int
    locked_until: datetime | None = None
    disabled_at: datetime | None = None
    is_beta_user: bool
    last_login_at: datetime | None = None
    created_at: datetime


class OwnLimits(Body):
    """Limits of this account in the place of its plan's; null: the plan's."""

    channels: Annotated[int, Field(ge=0, le=10_000), NUMBER] | None = None
    videos_a_day: Annotated[int, Field(ge=0, le=10_000), NUMBER] | None = None
    requests_a_minute: Annotated[int, Field(ge=1, le=100_000), NUMBER] | None = None


class AccountChange(Body):
    """What to change; what is left out stays."""

    role: Role | None = None
    plan: Plan | None = None
    limits: OwnLimits | None = None
    day_cap: DayDollars | None = Field(None, description="US dollars a day")
    disabled: Flag | None = Field(None, description="true: signs out everywhere and cannot sign in")
    is_beta_user: Flag | None = None


class PauseBody(Body):
    """Why."""

    reason: Words = Field(examples=["The upload quota is exhausted."])


class Paused(Answer):
    """The platform's switch."""

    paused: bool
    reason: str = ""


class AuditQuery(PageQuery):
    """Which entries."""

    actor_id: UUID | None = None
    owner_id: UUID | None = None
    action: Line = ""
    object_id: Line = ""


class AuditAnswer(Answer):
    """A change of state."""

    id: int
    at: datetime
    request_id: str
    actor_id: UUID | None = None
    owner_id: UUID | None = None
    action: str
    object_type: str
    object_id: str
    detail: dict[str, Any]
    address: str
