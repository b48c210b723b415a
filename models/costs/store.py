"""The SQL of costs beside the ledger's postings: standings, summaries, caps and prices."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.costs.caps import Caps
from models.costs.contracts import CostLine, DayCost, Scope, Standing, VideoStanding
from models.costs.prices import Price, PriceList, Unit
from models.costs.tables import Budget, Entry, PriceRow
from models.database import Database
from models.errors import InvalidRequest, NotFound
from models.money import ZERO, dollars
from models.users.tables import Account
from models.videos.status import ParkReason
from models.videos.tables import VideoRecord
from models.videos.waking import WakeTask, ask_to_wake

SCRIPT = "script"
SUMS = (
    func.coalesce(func.sum(col(Entry.spent)), 0),
    func.coalesce(func.sum(col(Entry.reserved)), 0),
    func.count().filter(col(Entry.kind) == "reserve"),
)
"""What was spent, what is reserved, and how many calls that were."""


def period_of(scope: Scope, at: datetime) -> str:
    """The name of a scope's period at a moment: the UTC day, the UTC month, or nothing for a video's."""
    day = at.astimezone(UTC)
    if scope in (Scope.VIDEO, Scope.PROVIDER_VIDEO):
        return ""
    return f"{day:%Y-%m}" if scope is Scope.PLATFORM_MONTH else f"{day:%Y-%m-%d}"


class CostStore:
    """Costs of one database; every method joins the caller's transaction."""

    def __init__(self, caps: Caps) -> None:
        self._caps = caps

    async def standing(self, session: AsyncSession, scope: Scope, at: datetime, subject: str = "") -> Standing:
        """Cap and use of one budget. `subject` is the video's id, the user's id or the provider; empty for the platform."""
        row = await session.get(Budget, (scope.value, subject, period_of(scope, at)), populate_existing=True)
        if row is not None and row.raised:
            cap = row.cap
        else:
            own = await self._own_cap(session, scope, subject)
            cap = self._caps.default(scope, subject) if own is None else own
        return Standing(scope=scope, cap=cap, reserved=row.reserved if row else ZERO, spent=row.spent if row else ZERO)

    async def video_standing(
        self, session: AsyncSession, video_id: UUID, user_id: UUID, at: datetime, *, paused: str | None = None
    ) -> VideoStanding:
        """Everything that a verdict on a video is made from; `paused` is the platform's switch."""
        subjects = {Scope.VIDEO: str(video_id), Scope.USER_DAY: str(user_id), Scope.PLATFORM_DAY: "", Scope.PLATFORM_MONTH: ""}
        budgets = {scope: await self.standing(session, scope, at, subject) for scope, subject in subjects.items()}
        script = select(func.coalesce(func.sum(col(Entry.reserved) + col(Entry.spent)), 0))
        used = await session.scalar(script.where(col(Entry.video_id) == video_id, col(Entry.operation) == SCRIPT))
        return VideoStanding(at=at, budgets=budgets, script_used=dollars(used or ZERO), paused=paused)

    async def video_costs(self, session: AsyncSession, video_id: UUID) -> Sequence[CostLine]:
        """What a video spent on what, dearest first."""
        return await _lines(session, col(Entry.video_id) == video_id)

    async def daily(self, session: AsyncSession, user_id: UUID | None, first: date, last: date) -> Sequence[DayCost]:
        """Each day with costs between two UTC days, both included, oldest first."""
        wanted = (
            select(col(Entry.day), *SUMS)
            .where(col(Entry.day).between(first, last))
            .group_by(col(Entry.day))
            .order_by(col(Entry.day))
        )
        if user_id is not None:
            wanted = wanted.where(col(Entry.user_id) == user_id)
        return [
            DayCost(day=f"{day}", spent=spent, reserved=reserved, calls=calls)
            for day, spent, reserved, calls in await session.execute(wanted)
        ]

    async def caps(self, session: AsyncSession, at: datetime) -> Sequence[tuple[str, Standing]]:
        """The platform's budgets and those of providers that have a cap or a cost today, with names for people."""
        shown = [("", await self.standing(session, scope, at)) for scope in (Scope.PLATFORM_DAY, Scope.PLATFORM_MONTH)]
        today = select(col(Budget.subject)).where(
            col(Budget.scope) == Scope.PROVIDER_DAY.value, col(Budget.period) == period_of(Scope.PROVIDER_DAY, at)
        )
        providers = {*self._caps.provider_day, *(await session.scalars(today)).all()}
        return [*shown, *[(name, await self.standing(session, Scope.PROVIDER_DAY, at, name)) for name in sorted(providers)]]

    async def raise_cap(self, session: AsyncSession, scope: Scope, cap: Decimal, at: datetime, subject: str = "") -> None:
        """Set the cap of one video for good, or that of a day or month for its present period; videos parked for it go on.

        `subject` is as in `standing`.

        Raises:
            InvalidRequest: a negative cap, a scope that is set by settings alone, or a subject that is missing or too much.
            NotFound: no such video or account.
        """
        _may_be_set(scope, cap, subject)
        wanted = dollars(cap)
        waking = WakeTask(reason=ParkReason.BUDGET, why=f"the cap of {scope.value} was set to {wanted}")
        if scope is Scope.VIDEO:
            changed = update(VideoRecord).where(col(VideoRecord.id) == _uuid(subject)).values(budget_cap=wanted)
            if (await session.execute(changed.returning(col(VideoRecord.id)))).first() is None:
                raise NotFound(f"There is no video {subject}.")
            await ask_to_wake(session, waking.model_copy(update={"video_id": _uuid(subject)}))
            return
        if scope is Scope.USER_DAY:
            if await session.get(Account, _uuid(subject)) is None:
                raise NotFound(f"There is no account {subject}.")
            waking = waking.model_copy(update={"user_id": _uuid(subject)})
        values = {"scope": scope.value, "subject": subject, "period": period_of(scope, at), "cap": wanted, "raised": True}
        made = insert(Budget).values(**values, reserved=ZERO, spent=ZERO)
        await session.execute(
            made.on_conflict_do_update(constraint="budgets_pkey", set_={"cap": made.excluded.cap, "raised": made.excluded.raised})
        )
        await ask_to_wake(session, waking)

    async def _own_cap(self, session: AsyncSession, scope: Scope, subject: str) -> Decimal | None:
        if scope is Scope.VIDEO:
            return await session.scalar(select(col(VideoRecord.budget_cap)).where(col(VideoRecord.id) == _uuid(subject)))
        if scope is Scope.USER_DAY:
            return await session.scalar(select(col(Account.day_cap)).where(col(Account.id) == _uuid(subject)))
        return None


class Prices:
    """Today's price list for adapters: `await prices()`; read again when it is older than a minute."""

    def __init__(self, database: Database, *, seconds: float = 60.0) -> None:
        self._database = database
        self._seconds = seconds
        self._read: tuple[float, PriceList] | None = None

    async def __call__(self) -> PriceList:
        """The price list.

        Raises:
            ComponentDown: the database is away.
        """
        if self._read is None or time.monotonic() - self._read[0] > self._seconds:
            async with self._database.session() as session:
                self._read = (time.monotonic(), await PriceStore().all(session))
        return self._read[1]


class PriceStore:
    """Prices of one database; every method joins the caller's transaction."""

    async def all(self, session: AsyncSession) -> PriceList:
        """Every price, past ones included."""
        return PriceList(await self.list(session))

    async def list(self, session: AsyncSession) -> Sequence[Price]:
        """Every price, by provider, model, unit and date."""
        order = (col(PriceRow.provider), col(PriceRow.model), col(PriceRow.unit), col(PriceRow.valid_from))
        rows = (await session.scalars(select(PriceRow).order_by(*order))).all()
        return [
            Price(
                provider=row.provider, model=row.model, unit=Unit(row.unit), amount=row.amount, per=row.per,
                valid_from=row.valid_from, valid_to=row.valid_to, source=row.source,
            )
            for row in rows
        ]  # fmt: skip

    async def set(self, session: AsyncSession, price: Price) -> None:
        """Add a price; one with the same start replaces it. Earlier ones stay, since what they priced was priced by them."""
        values = price.model_dump() | {"unit": price.unit.value}
        made = insert(PriceRow).values(values)
        same = {name: getattr(made.excluded, name) for name in ("amount", "per", "valid_to", "source")}
        await session.execute(made.on_conflict_do_update(index_elements=["provider", "model", "unit", "valid_from"], set_=same))


async def _lines(session: AsyncSession, *where: ColumnElement[bool]) -> Sequence[CostLine]:
    wanted = (
        select(col(Entry.provider), col(Entry.operation), *SUMS)
        .where(*where)
        .group_by(col(Entry.provider), col(Entry.operation))
        .order_by(func.sum(col(Entry.spent) + col(Entry.reserved)).desc(), col(Entry.provider), col(Entry.operation))
    )
    return [
        CostLine(provider=provider, operation=operation, spent=spent, reserved=reserved, calls=calls)
        for provider, operation, spent, reserved, calls in await session.execute(wanted)
    ]


def _may_be_set(scope: Scope, cap: Decimal, subject: str) -> None:
    if cap < ZERO:
        raise InvalidRequest(f"A cap of {cap} is below nothing.", hint="Give an amount of 0 or more.", field="cap")
    if scope is Scope.PROVIDER_VIDEO:
        raise InvalidRequest(
            "A provider's part of a video is a setting.",
            hint="Set YTEMPIRE_PROVIDER_VIDEO_CAPS.",
            field="scope",
        )
    wanted = {Scope.VIDEO: "the video's id", Scope.USER_DAY: "the user's id", Scope.PROVIDER_DAY: "the provider's name"}
    if bool(subject) != (scope in wanted):
        what = f"needs {wanted[scope]}" if scope in wanted else "belongs to nobody in particular"
        raise InvalidRequest(f"The cap of {scope.value} {what}; {subject or 'nothing'} was named.", field="subject")


def _uuid(subject: str) -> UUID:
    try:
        return UUID(subject)
    except ValueError as error:
        raise NotFound(f"{subject!r} is not an id.") from error
