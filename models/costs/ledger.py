"""The ledger: reserve before a paid call, settle or release after it. The database enforces every cap in the reserving transaction.

A key names one real call. Any repeat of a posting with its key changes nothing, so it may be sent again when its answer was lost.
What is reserved counts until it is closed: a call whose outcome nobody knows stays counted.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import asyncpg

from models.costs.caps import Caps
from models.costs.contracts import Scope, VideoStanding
from models.costs.store import CostStore
from models.costs.verdict import NAMES
from models.database import Database
from models.errors import NotFound, OverBudget
from models.money import ZERO, dollars, dollars_up, shown
from models.system.switches import SwitchStore

log = logging.getLogger(__name__)

State = Literal["reserved", "settled", "released"]

RESERVE = "call costs.reserve($1, $2, $3, $4, $5, $6, $7, $8, null, null, null, null, null)"
CLOSE = "call costs.close($1, $2, null, null)"


@dataclass(frozen=True)
class Posting:
    """Where a key stands after a posting. `fresh`: this posting brought it there; otherwise it was a repeat and changed nothing."""

    state: State
    fresh: bool


class Ledger:
    """The ledger of one database. Every posting is one round trip and a transaction of its own."""

    def __init__(self, database: Database, caps: Caps) -> None:
        self._database = database
        self.caps = caps

    async def reserve(
        self,
        key: str,
        *,
        provider: str,
        operation: str,
        amount: Decimal,
        video_id: UUID | None = None,
        user_id: UUID | None = None,
        at: datetime | None = None,
    ) -> Posting:
        """Set aside the upper estimate of a call (US dollars) before it is made. `at` is the moment whose UTC day pays, None now.

        Raises:
            OverBudget: it would pass a cap; nothing is reserved.
            NotFound: no such video or account.
            ComponentDown: the database is away; sent again with the same key, it counts once.
        """
        caps = [self.caps.default(scope, provider, operation) for scope in Scope]
        wanted = dollars_up(amount)
        if wanted < ZERO:
            raise ValueError(f"an estimate is never negative: {amount}")
        try:
            [row] = await self._database.rows(RESERVE, key, video_id, user_id, provider, operation, wanted, caps, at)
        except asyncpg.ForeignKeyViolationError as error:
            raise NotFound("There is no such video or account to charge.") from error
        if row["outcome"] == "over":
            raise _over(Scope(row["scope"]), provider, operation, wanted, row["cap"], row["used"])
        return Posting(row["outcome"], row["fresh"])

    async def settle(self, key: str, amount: Decimal) -> Posting:
        """Record what a call cost (US dollars), instead of what was reserved for it. More than that is recorded too: it is owed.

        Raises:
            NotFound: nothing was reserved under this key.
            ComponentDown: the database is away; sent again, it counts once.
        """
        if amount < ZERO:
            raise ValueError(f"a cost is never negative: {amount}")
        return await self._close(key, dollars(amount))

    async def release(self, key: str) -> Posting:
        """Give back what was reserved: the call surely cost nothing. What is settled stays settled.

        Raises:
            NotFound: nothing was reserved under this key.
            ComponentDown: the database is away; sent again, it counts once.
        """
        return await self._close(key, None)

    async def standing(self, video_id: UUID, user_id: UUID, at: datetime) -> VideoStanding:
        """Everything that a verdict on a video is made from, the platform's pause switch included."""
        async with self._database.session() as session:
            paused = await SwitchStore().paused(session)
            return await CostStore(self.caps).video_standing(session, video_id, user_id, at, paused=paused)

    async def raise_cap(self, scope: Scope, cap: Decimal, at: datetime, subject: str = "") -> None:
        """Set the cap of a video, or of a day or month for its present period; see `CostStore.raise_cap`."""
        async with self._database.session() as session:
            await CostStore(self.caps).raise_cap(session, scope, cap, at, subject)

    async def _close(self, key: str, spent: Decimal | None) -> Posting:
        [row] = await self._database.rows(CLOSE, key, spent)
        if row["outcome"] == "unknown":
            raise NotFound(f"Nothing was reserved under the key {key}.")
        wanted = "released" if spent is None else "settled"
        if row["outcome"] != wanted:
            log.warning("the charge %s is %s and cannot be %s", key, row["outcome"], wanted)
        return Posting(row["outcome"], row["fresh"])


def _over(scope: Scope, provider: str, operation: str, wanted: Decimal, cap: Decimal, used: Decimal) -> OverBudget:
    left = max(ZERO, cap - used)
    return OverBudget(
        f"{operation} by {provider} would cost up to {shown(wanted)}, but {NAMES[scope]} has {shown(left)} of {shown(cap)} left.",
        scope=scope.value,
        hint="Raise the budget, wait for it to renew, or use a cheaper provider.",
        detail={"cap": f"{cap:.6f}", "used": f"{used:.6f}", "wanted": f"{wanted:.6f}", "provider": provider},
    )
