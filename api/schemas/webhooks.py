"""Webhooks on the wire."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from api.schemas.base import Answer, Body, Flag, Line, Whole
from models.money import Money
from models.videos.status import VideoStatus

EventName = Annotated[str, StringConstraints(pattern=r"^(video|cost|account)\.(\*|[a-z_]{1,40})$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s\x00-\x1f\x7f]+$", max_length=2000)]


class NewEndpoint(Body):
    """Where to send which events."""

    url: Url = Field(
        examples=["https://n8n.example.com/webhook/ytempire"], description="https, reachable from the internet, no redirects"
    )
    events: Annotated[list[EventName], Field(min_length=1, max_length=50)] = Field(examples=[["video.*", "cost.*"]])
    description: Line = ""


class EndpointAnswer(Answer):
    """An endpoint, without its secret."""

    id: UUID
    url: str
    description: str
    events: list[str]
    created_at: datetime
    disabled_at: datetime | None = Field(None, description="set after ten deliveries in a row that were given up")
    disabled_because: str = ""


class EndpointMade(EndpointAnswer):
    """A new endpoint: the secret is shown this once."""

    secret: str = Field(description="verify `webhook-signature` with it (Standard Webhooks)")


class Endpoints(Answer):
    """Your endpoints."""

    items: list[EndpointAnswer]


class DeliveryAnswer(Answer):
    """One event on its way to one endpoint."""

    id: UUID
    endpoint_id: UUID
    event_id: str
    event_type: str
    status: Literal["waiting", "delivering", "delivered", "failed"]
    attempts: int
    answer_status: int | None = None
    error: str = ""
    created_at: datetime
    last_attempt_at: datetime | None = None
    delivered_at: datetime | None = None


class N8nEvent(Body):
    """What N8N tells. `timestamp` is seconds since 1970, at most five minutes away; an `event_id` is handled once."""

    event_id: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]+$", min_length=1, max_length=200)]
    timestamp: Whole = Field(ge=0, le=2**40)
    video_id: UUID
    cost: Decimal | None = Field(None, ge=0, le=1_000_000, description="cost-alert: dollars that N8N has seen spent")
    score: float | None = Field(None, ge=0, le=100, description="quality-check: a score of your own")
    passed: Flag | None = Field(None, description="quality-check: false rejects a film that awaits approval, true approves it")
    note: Line = ""


class N8nAnswer(Answer):
    """What to do next: STOP or CONTINUE, and why."""

    decision: Literal["CONTINUE", "STOP"]
    reason: str = ""
    video_id: UUID
    status: VideoStatus
    total_cost: Money
    budget: Money
    repeated: bool = Field(False, description="true: the event had been handled before, and this was its answer")
