"""The SQL of what a user's day and month cost, in one statement and one round trip."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from models.costs.caps import Caps
from models.costs.contracts import CostLine, CostSummary, Scope, Standing
from models.costs.store import period_of
from models.database import Database
from models.money import ZERO

OVERVIEW = f"""
WITH lines AS (
    SELECT provider, operation, sum(spent) AS spent, sum(reserved) AS reserved, count(*) FILTER (WHERE kind = 'reserve') AS calls
    FROM costs.entries WHERE user_id = $1 AND day BETWEEN $2 AND $3 GROUP BY provider, operation
)
SELECT a.day_cap, b.cap, coalesce(b.raised, false) AS raised, coalesce(b.reserved, 0) AS day_reserved,
    coalesce(b.spent, 0) AS day_spent, l.provider, l.operation, l.spent, l.reserved, l.calls
FROM users.accounts a
LEFT JOIN costs.budgets b ON b.scope = '{Scope.USER_DAY.value}' AND b.subject = $5 AND b.period = $4
LEFT JOIN lines l ON true
WHERE a.id = $1 ORDER BY l.spent + l.reserved DESC, l.provider, l.operation"""  # noqa: S608  # names of our own
"""`$1` the user's id, `$5` the same as text; `$2` and `$3` the first and last day, `$4` the day as budgets name it."""


class CostOverview:
    """What users are told about their costs, out of one database."""

    def __init__(self, database: Database, caps: Caps) -> None:
        self._database, self._caps = database, caps

    async def of(self, user_id: UUID, at: datetime) -> CostSummary:
        """A user's day with what is left of it, and the month by service."""
        today = at.astimezone(UTC).date()
        period = period_of(Scope.USER_DAY, at)
        rows = await self._database.rows(OVERVIEW, user_id, today.replace(day=1), today, period, str(user_id))
        named = [row for row in rows if row["provider"] is not None]
        lines = tuple(CostLine(**{name: row[name] for name in CostLine.model_fields}) for row in named)
        day = Standing(scope=Scope.USER_DAY, cap=self._caps.default(Scope.USER_DAY))
        if rows:
            own = rows[0]["day_cap"]
            cap = rows[0]["cap"] if rows[0]["raised"] else day.cap if own is None else own
            day = Standing(scope=Scope.USER_DAY, cap=cap, reserved=rows[0]["day_reserved"], spent=rows[0]["day_spent"])
        return CostSummary(
            user_id=user_id,
            day=day,
            month=Standing(
                scope=Scope.PLATFORM_MONTH,
                cap=None,
                reserved=sum((line.reserved for line in lines), start=ZERO),
                spent=sum((line.spent for line in lines), start=ZERO),
            ),
            services=lines,
        )
