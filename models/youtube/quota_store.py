"""The SQL of quota: what was used, what may still be, and when YouTube said that it is enough."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import Database
from models.errors import QuotaExhausted
from models.youtube.alerts import raise_alert
from models.youtube.contracts import Alert, BucketUsage, QuotaReport
from models.youtube.quota import (
    Bucket,
    Call,
    Cost,
    Level,
    Limit,
    ProjectDay,
    began_at,
    cost_of,
    forecast,
    level_of,
    limit_of,
    next_pacific_midnight,
    pacific_day,
    spendable,
)
from models.youtube.tables import QuotaCost, QuotaLimit

SPEND = text(
    """
update youtube.quota_usage set used = used + :units
where project = :project and bucket = :bucket and day = :day and full_since is null and used + :units <= :allowed
returning used
"""
)
MAKE = text(
    "insert into youtube.quota_usage (project, bucket, day) values (:project, :bucket, :day) on conflict do nothing",
)


class QuotaStore:
    """Quota of every project. A call is counted before it is made: YouTube counts refused ones too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spend(self, project: str, call: Call, now: datetime, *, optional: bool = False, override: bool = False) -> Level:
        """Count one call, if it still may be made today; the answer is how full its bucket is then.

        Raises:
            QuotaExhausted: it may not: the bucket is used up, or the call is optional and the bucket nearly is.
        """
        async with self._database.session() as session:
            return await spend_in(session, project, call, now, optional=optional, override=override)

    async def mark_full(self, project: str, call: Call, now: datetime) -> None:
        """YouTube refused `call` for lack of quota: nothing more of its bucket today, whatever our own count says."""
        day = pacific_day(now)
        async with self._database.session() as session:
            bucket = cost_of(await known_costs(session), call, day).bucket
            await session.execute(
                text(
                    """
insert into youtube.quota_usage (project, bucket, day, full_since) values (:project, :bucket, :day, :now)
on conflict (project, bucket, day) do update set full_since = coalesce(quota_usage.full_since, :now)
"""
                ),
                {"project": project, "bucket": bucket, "day": day, "now": now},
            )
            await _alert(session, project, bucket, Level.FULL, day)

    async def clear_alerts(self, now: datetime) -> None:
        """What was said about the quota of a day that is over is said no more."""
        await self._database.value(
            "update youtube.alerts set cleared_at = $1 where kind like 'quota\\_%' and cleared_at is null and raised_at < $2",
            now, began_at(pacific_day(now)),
        )  # fmt: skip

    async def report(self, projects: Iterable[str], now: datetime, *, caption_tracks: int, user_id: object = None) -> QuotaReport:
        """Every bucket of these projects today, and how many videos still fit; with `user_id`, through that user's accounts."""
        day = pacific_day(now)
        async with self._database.session() as session:
            costs, limits = await known_costs(session), await known_limits(session)
            buckets: list[BucketUsage] = []
            days: list[ProjectDay] = []
            for project in projects:
                known = [bucket for bucket in Bucket if any(row.bucket == bucket and row.holds_from <= day for row in limits)]
                rows = [await _bucket(session, limits, project, bucket, day, now) for bucket in known]
                left = {row.bucket: 0 if row.full else max(0, row.spendable - row.used) for row in rows}
                slots = await _uploads_left(session, project, day, user_id)
                buckets += rows
                days.append(ProjectDay(project, left.get(Bucket.INSERT, 0), left.get(Bucket.GENERAL, 0), slots))
        fits = forecast(days, costs, day, caption_tracks=caption_tracks)
        return QuotaReport(
            buckets=tuple(buckets), videos_left=fits.videos, complete_left=fits.complete, renews_at=next_pacific_midnight(now)
        )


async def spend_in(
    session: AsyncSession, project: str, call: Call, now: datetime, *, optional: bool = False, override: bool = False
) -> Level:
    """`QuotaStore.spend` within the caller's transaction."""
    day = pacific_day(now)
    cost = cost_of(await known_costs(session), call, day)
    units = limit_of(await known_limits(session), project, cost.bucket, day)
    place = {"project": project, "bucket": cost.bucket, "day": day}
    await session.execute(MAKE, place)
    allowed = spendable(units, optional=optional, override=override)
    used = await session.scalar(SPEND, {**place, "units": cost.units, "allowed": allowed})
    if used is None:
        raise QuotaExhausted(
            f"YouTube's {cost.bucket} quota of project {project} is {'nearly ' if optional else ''}used up for today ({call}).",
            provider="youtube",
            retry_after=next_pacific_midnight(now) - now,
            hint="It renews at midnight Pacific time.",
            detail={"reason": "quota", "project": project, "bucket": cost.bucket, "optional": optional},
        )
    level = level_of(used, units)
    if level is not Level.FINE and level_of(used - cost.units, units) is not level:
        await _alert(session, project, cost.bucket, level, day)
    return level


async def refund_in(session: AsyncSession, project: str, call: Call, day: date) -> None:
    """Take back the count of a call that was never sent."""
    cost = cost_of(await known_costs(session), call, day)
    await session.execute(
        text(
            """
update youtube.quota_usage set used = greatest(0, used - :units) where project = :project and bucket = :bucket and day = :day
"""
        ),
        {"units": cost.units, "project": project, "bucket": cost.bucket, "day": day},
    )


async def known_costs(session: AsyncSession) -> list[Cost]:
    """The dated costs."""
    rows = await session.scalars(select(QuotaCost))
    return [Cost(row.call, row.bucket, row.units, row.holds_from) for row in rows]


async def known_limits(session: AsyncSession) -> list[Limit]:
    """The dated limits."""
    rows = await session.scalars(select(QuotaLimit))
    return [Limit(row.bucket, row.units, row.holds_from, row.project) for row in rows]


async def _bucket(
    session: AsyncSession, limits: list[Limit], project: str, bucket: Bucket, day: date, now: datetime
) -> BucketUsage:
    found = await session.execute(
        text(
            "select used, full_since is not null from youtube.quota_usage "
            "where project = :project and bucket = :bucket and day = :day"
        ),
        {"project": project, "bucket": bucket, "day": day},
    )
    used, full = found.one_or_none() or (0, False)
    units = limit_of(limits, project, bucket, day)
    return BucketUsage(
        project=project,
        bucket=bucket,
        day=day,
        used=used,
        units=units,
        spendable=spendable(units),
        level=Level.FULL if full else level_of(used, units),
        full=full,
        renews_at=next_pacific_midnight(now),
    )


async def _uploads_left(session: AsyncSession, project: str, day: date, user_id: object) -> list[int]:
    """Uploads left today of each usable account of a project that is granted any channel."""
    rows = await session.execute(
        text(
            """
select greatest(0, a.uploads_a_day - coalesce(d.taken, 0)) from youtube.accounts a
left join youtube.account_days d on d.account_id = a.id and d.day = :day
where a.project = :project and a.status = 'active' and a.consecutive_errors < 3
    and (cast(:user_id as uuid) is null or a.user_id = cast(:user_id as uuid))
    and exists (select 1 from youtube.channel_grants g where g.account_id = a.id and g.revoked_at is null)
"""
        ),
        {"project": project, "day": day, "user_id": None if user_id is None else str(user_id)},
    )
    return [row[0] for row in rows]


async def _alert(session: AsyncSession, project: str, bucket: str, level: Level, day: date) -> None:
    said = {Level.WARNING: "over 70 % used", Level.CRITICAL: "over 90 % used", Level.FULL: "used up"}[level]
    kind = f"quota_{bucket}"
    await session.execute(
        text("update youtube.alerts set cleared_at = now() where project = :project and kind like :kinds and cleared_at is null"),
        {"project": project, "kinds": f"{kind}\\_%"},
    )
    message = f"YouTube's {bucket} quota of project {project} is {said} ({day})."
    await raise_alert(session, Alert(kind=f"{kind}_{level.value}", project=project, message=message))
