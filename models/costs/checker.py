"""The proof that no cent is unaccounted for: entries, budgets and videos tell the same story."""

from __future__ import annotations

from models.database import Database

SAME_STORY = """
with charged as (
    select e.*, costs.subjects(e.video_id, e.user_id, e.provider, e.operation) as subjects, costs.periods(e.day) as periods
    from costs.entries e
), told as (
    select scope.name as scope, subjects[scope.number] as subject, periods[scope.number] as period,
        sum(reserved) as reserved, sum(spent) as spent
    from charged, (values (1, 'video'), (2, 'provider_video'), (3, 'user_day'), (4, 'provider_day'), (5, 'platform_month'),
        (6, 'platform_day')) as scope (number, name)
    where subjects[scope.number] is not null
    group by 1, 2, 3
)
select format('budget %s %s %s: entries say %s reserved and %s spent, the budget %s and %s', scope, subject, period,
    coalesce(told.reserved, 0), coalesce(told.spent, 0), coalesce(b.reserved, 0), coalesce(b.spent, 0)) as problem
from told full join costs.budgets b using (scope, subject, period)
where coalesce(told.reserved, 0) <> coalesce(b.reserved, 0) or coalesce(told.spent, 0) <> coalesce(b.spent, 0)
union all
select format('video %s: entries say %s, the video %s', v.id, coalesce(e.total, 0), v.total_cost)
from videos.video_records v
left join (select video_id, sum(reserved + spent) as total from costs.entries group by video_id) e on e.video_id = v.id
where coalesce(e.total, 0) <> v.total_cost
union all
select format('key %s: closed with %s reserved, opened with %s', c.key, c.reserved, o.reserved)
from costs.entries c left join costs.entries o on o.key = c.key and o.kind = 'reserve'
where c.kind <> 'reserve' and (o.reserved is null or c.reserved <> -o.reserved or c.day <> o.day
    or c.video_id is distinct from o.video_id or c.user_id is distinct from o.user_id or c.provider <> o.provider
    or c.operation <> o.operation)
"""
"""One statement, so one snapshot: true at any moment, while any number of writers post."""

PASSED = """
select format('%s %s %s: %s of %s', b.scope, b.subject, b.period, b.reserved + b.spent, b.cap) as problem
from costs.budgets b where b.reserved + b.spent > b.cap
"""


async def check_ledger(database: Database) -> list[str]:
    """What does not add up, in words; empty when everything does: sum of entries = budgets' reserved and spent = videos' totals."""
    return [row["problem"] for row in await database.rows(SAME_STORY)]


async def passed_caps(database: Database) -> list[str]:
    """Budgets over their cap: a cap that was lowered later, or a provider that billed more than its upper estimate."""
    return [row["problem"] for row in await database.rows(PASSED)]
