"""Costs on the wire."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.base import Answer, Day
from models.money import Money


class BudgetAnswer(Answer):
    """One budget in its present period, in US dollars."""

    cap: Money | None = Field(None, description="null: counted, not capped")
    reserved: Money = Field(description="calls under way, or with unknown outcome")
    spent: Money
    left: Money | None = None


class ServiceCost(Answer):
    """What one provider's service cost this month."""

    provider: str
    operation: str
    spent: Money
    reserved: Money
    calls: int


class CostSummaryAnswer(Answer):
    """Your day and month (UTC), and where the money went."""

    user_id: UUID
    day: BudgetAnswer
    month: BudgetAnswer
    services: list[ServiceCost]


class DayAnswer(Answer):
    """What a day cost."""

    day: date
    spent: Money
    reserved: Money
    calls: int


class DailyCosts(Answer):
    """Days with costs, the oldest first."""

    items: list[DayAnswer]


class DailyQuery(BaseModel):
    """Which days, both included; the last 30 unless said otherwise."""

    model_config = ConfigDict(extra="forbid")

    first: Day | None = None
    last: Day | None = None
