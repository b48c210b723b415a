"""What your videos cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import AnyServices, CostsReader
from api.problems import declared
from api.schemas.costs import BudgetAnswer, CostSummaryAnswer, DailyCosts, DailyQuery, DayAnswer, ServiceCost
from models.costs.contracts import Standing
from models.errors import Conflict

router = APIRouter(prefix="/costs", tags=["costs"])

LONGEST = timedelta(days=400)


@router.get("/summary", summary="See your costs", operation_id="getCostSummary", responses=declared(401, 403))
async def summary(caller: CostsReader, parts: AnyServices) -> CostSummaryAnswer:
    """Today and this month (UTC), what is left of the day's budget, and the month by service."""
    found = await parts.stores.overview.of(caller.user_id, datetime.now(UTC))
    return CostSummaryAnswer(
        user_id=caller.user_id,
        day=_budget(found.day),
        month=_budget(found.month),
        services=[ServiceCost.model_validate(line.model_dump()) for line in found.services],
    )


@router.get("/daily", summary="See your costs by day", operation_id="getDailyCosts", responses=declared(401, 403, 409, 422))
async def daily(query: Annotated[DailyQuery, Query()], caller: CostsReader, parts: AnyServices) -> DailyCosts:
    """Each day with costs (UTC), at most 400 days."""
    last = query.last or datetime.now(UTC).date()
    first = query.first or last - min(timedelta(days=29), last - last.min)
    if not timedelta(0) <= last - first <= LONGEST:
        raise Conflict("The days must be in order and at most 400 apart.", hint="Ask for less at a time.", field="query.first")
    async with parts.database.session() as session:
        days = await parts.stores.costs.daily(session, caller.user_id, first, last)
    return DailyCosts(items=[DayAnswer.model_validate(day.model_dump()) for day in days])


def _budget(standing: Standing) -> BudgetAnswer:
    return BudgetAnswer(cap=standing.cap, reserved=standing.reserved, spent=standing.spent, left=standing.left)
