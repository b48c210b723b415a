"""What the delivery of an outgoing webhook hands between its workflow and its activity, and when it tries again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import Field

from models.videos.contracts import Contract

GIVE_UP_AFTER = timedelta(days=1)
LONGEST_WAIT = timedelta(hours=2)
SILENT_AFTER = LONGEST_WAIT + timedelta(minutes=30)
"""Who has not tried for this long is asked whether it still runs."""
GROWTH = 3.0


class DeliveryTask(Contract):
    """Input of `WebhookDeliveryWorkflow` and of its activities."""

    delivery_id: UUID
    first_wait: float = Field(default=10.0, description="seconds before the second attempt")
    because: str = Field(default="", description="why it is given up")
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery with all that sending it needs; `gone`: its endpoint is sent nothing any more."""

    delivery_id: UUID
    endpoint_id: UUID
    url: str
    sealed_secret: str
    event_id: str
    payload: dict[str, Any]
    status: str
    gone: bool


@dataclass(frozen=True, slots=True)
class Silent:
    """A delivery that has not ended and that nobody has tried for long; `runs` are those it was given to, the newest first."""

    id: UUID
    tried_at: datetime
    runs: tuple[str, ...] = ()


class Attempt(Contract):
    """What came of one attempt. `over`: there is nothing to try again (delivered, deleted or disabled)."""

    delivered: bool
    over: bool = False
    gone: bool = Field(default=False, description="the endpoint said that it is there no more (410)")
    error: str = ""
    retry_after: float | None = Field(default=None, description="seconds that the endpoint asked for")


class Delivered(Contract):
    """Result of `WebhookDeliveryWorkflow`."""

    delivered: bool
    attempts: int
    error: str = ""


def wait_before(attempt: int, first_wait: float, asked: float | None = None) -> timedelta:
    """How long to wait before the `attempt`-th try (2, 3 ...): growing threefold to two hours, or as long as the endpoint asked."""
    grown = timedelta(seconds=min(first_wait * GROWTH ** min(attempt - 2, 20), LONGEST_WAIT.total_seconds()))
    return grown if asked is None else max(grown, timedelta(seconds=min(asked, LONGEST_WAIT.total_seconds())))
