"""What the rules of money hand to workflows and to people."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from models.money import ZERO, Money
from models.videos.contracts import Contract, VideoInput


class Scope(StrEnum):
    """What a cap is about, in the order in which the ledger locks and checks them."""

    VIDEO = "video"
    PROVIDER_VIDEO = "provider_video"
    USER_DAY = "user_day"
    PROVIDER_DAY = "provider_day"
    PLATFORM_MONTH = "platform_month"
    PLATFORM_DAY = "platform_day"


class Decision(StrEnum):
    """What a video does next, as far as money is concerned."""

    GO = "go"
    ECONOMY = "economy"
    STOP = "stop"
    PAUSE = "pause"


class Verdict(Contract):
    """Whether, and how, a video goes on. `reason` is for people; `until`: a pause ends by itself then."""

    decision: Decision
    reason: str = ""
    scope: str = Field(default="", description="the cap at fault, or `paused` for the platform's switch")
    until: datetime | None = None
    spent: Money = Field(default=ZERO, description="what counts against the video's cap: spent, and reserved with unknown outcome")
    cap: Money = Field(default=ZERO, description="the video's cap")


class VerdictTask(Contract):
    """Input of the activity `budget_verdict`."""

    video: VideoInput
    remaining: Money = Field(default=ZERO, description="estimate of the steps still to come at the present level")


class Standing(Contract):
    """Cap and use of one budget in its present period. `cap` None: counted, not capped."""

    scope: Scope
    cap: Money | None
    reserved: Money = ZERO
    spent: Money = ZERO

    @property
    def used(self) -> Decimal:
        """What counts against the cap."""
        return self.reserved + self.spent

    @property
    def left(self) -> Decimal | None:
        """What may still be reserved; None without a cap."""
        return None if self.cap is None else max(ZERO, self.cap - self.used)


class VideoStanding(Contract):
    """Everything that a verdict is made from."""

    at: datetime
    budgets: dict[Scope, Standing]
    script_used: Money = ZERO
    paused: str | None = Field(default=None, description="why the platform is paused, None when it is not")


class CapRaise(Contract):
    """Input of the activity `raise_cap`: a person sets a cap. `subject` is the video's or user's id, or the provider."""

    scope: Scope
    subject: str = ""
    cap: Money
    by: UUID
    reason: str = ""


class CostLine(Contract):
    """What one provider's service cost. `reserved` are calls under way or with unknown outcome."""

    provider: str
    operation: str
    spent: Money
    reserved: Money
    calls: int


class DayCost(Contract):
    """What a day cost; the day is UTC's, `YYYY-MM-DD`."""

    day: str
    spent: Money
    reserved: Money
    calls: int


class CostSummary(Contract):
    """Costs of a user, or of the platform when `user_id` is None."""

    user_id: UUID | None
    day: Standing
    month: Standing
    services: tuple[CostLine, ...] = Field(description="of this month, dearest first")


class EstimatePart(Contract):
    """The estimate of one step."""

    step: str
    provider: str
    amount: Money


class Estimate(Contract):
    """What a video will cost at most if every call goes as planned."""

    total: Money
    parts: tuple[EstimatePart, ...] = ()
