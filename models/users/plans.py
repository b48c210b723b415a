"""The plans and what each allows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Plan(StrEnum):
    """A plan, the smallest first."""

    FREE = "free"
    STARTER = "starter"
    GROWTH = "growth"
    SCALE = "scale"


@dataclass(frozen=True)
class PlanLimits:
    """What a plan allows. `price` is dollars a month; `weight`, its share of the workers against other users'."""

    price: Decimal
    channels: int
    videos_a_day: int
    trial_days: int
    requests_a_minute: int
    weight: int


PLANS: dict[Plan, PlanLimits] = {
    Plan.FREE: PlanLimits(Decimal(0), 5, 10, 0, 60, 1),
    Plan.STARTER: PlanLimits(Decimal(97), 5, 15, 7, 100, 1),
    Plan.GROWTH: PlanLimits(Decimal(297), 10, 30, 7, 300, 2),
    Plan.SCALE: PlanLimits(Decimal(797), 25, 75, 0, 1000, 3),
}


def lifting(plan: Plan, limit: str) -> Plan | None:
    """The smallest larger plan under which `limit` (a field of `PlanLimits`) is higher, or None."""
    order = list(Plan)
    for larger in order[order.index(plan) + 1 :]:
        if getattr(PLANS[larger], limit) > getattr(PLANS[plan], limit):
            return larger
    return None
