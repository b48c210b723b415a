"""Money around a paid call, and the verdict between steps."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from temporalio import activity

from models.costs.contracts import CapRaise, Verdict, VerdictTask
from models.costs.verdict import judge
from models.errors import ComponentDown, ProviderError, UnknownPrice
from models.money import ZERO, dollars_up
from models.videos.contracts import VideoInput

if TYPE_CHECKING:
    from models.costs.ledger import Ledger

log = logging.getLogger(__name__)

T = TypeVar("T")
WAITS = (0.1, 0.5, 2.0)
"""Seconds between attempts to reach the ledger: a posting is safe to repeat, and a paid answer is worth a moment."""
LONGEST_KEY = 250
"""Characters of a call's name, as far as people read it in the ledger."""


class Charge:
    """One real call's place in the ledger."""

    def __init__(self, ledger: Ledger, key: str) -> None:
        self._ledger = ledger
        self._key = key
        self.settled: Decimal | None = None

    async def settle(self, actual: Decimal) -> None:
        """Say what the call really cost (US dollars, rounded up). While the database is away the estimate stays counted."""
        if self.settled is not None:
            return
        self.settled = dollars_up(actual)
        await self._note(lambda: self._ledger.settle(self._key, self.settled or ZERO), "settled")

    async def release(self) -> None:
        """Give the estimate back: the call surely cost nothing."""
        await self._note(lambda: self._ledger.release(self._key), "released")

    async def _note(self, post: Callable[[], Awaitable[object]], what: str) -> None:
        try:
            await patiently(post)
        except ComponentDown as error:
            log.error("the charge %s could not be %s and stays counted at its estimate: %s", self._key, what, error)


class Free(Charge):
    """A call that was estimated at nothing: it has an entry only once it turns out to cost something."""

    def __init__(self, ledger: Ledger, name: str, reserve: Callable[[], Awaitable[str]]) -> None:
        """`reserve` opens its place in the ledger, with nothing set aside, and gives the key; `name` is for people."""
        super().__init__(ledger, name)
        self._reserve = reserve

    async def settle(self, actual: Decimal) -> None:
        """Nothing to say, as long as it really cost nothing. A price that began during the call is owed: it is counted."""
        if self.settled is not None:
            return
        if actual <= ZERO:
            self.settled = ZERO
            return
        log.warning(
            "the call %s was estimated as free and cost %s: a price began meanwhile, or its adapter errs", self._key, actual
        )
        try:
            self._key = await self._reserve()
        except ComponentDown as error:
            self.settled = dollars_up(actual)
            log.error("the call %s cost %s, which could not be counted: %s", self._key, actual, error)
            return
        await super().settle(actual)

    async def release(self) -> None:
        """Nothing was reserved."""


class Charges:
    """The ledger around paid calls (`activities.paid.Charges`)."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @asynccontextmanager
    async def charge(
        self, *, video: VideoInput, provider: str, operation: str, key: str, estimate: Decimal
    ) -> AsyncIterator[Charge]:
        """Reserve before the call, and post its end: settled as said, released when a failure surely cost nothing, else counted.

        Inside, say `await charge.settle(actual)` once the cost is known, also for answers that cannot be used. A call that ends
        well without saying is settled at its estimate. `provider` is the account
        that pays. `key` names the call; made again under the same key, it is charged again.

        Raises:
            OverBudget: a cap would be passed; nothing was sent.
            ComponentDown: the database is away; nothing was sent.
        """
        charge = (
            Free(self._ledger, key, lambda: self._reserve(video, provider, operation, key, ZERO))
            if estimate <= ZERO
            else Charge(self._ledger, await self._reserve(video, provider, operation, key, estimate))
        )
        try:
            yield charge
        except ProviderError as error:
            # A price that vanished since the estimate was made: the call may have gone out.
            if charge.settled is None and error.billed == "no" and not isinstance(error, UnknownPrice):
                await charge.release()
            raise
        else:
            if charge.settled is None:
                await charge.settle(estimate)

    async def _reserve(self, video: VideoInput, provider: str, operation: str, key: str, estimate: Decimal) -> str:
        """The key under which the estimate is reserved now.

        No other call ever has it, so a posting that is found there already is this one's, whose answer was lost.
        """
        ours = f"{''.join(char if char.isprintable() else '_' for char in key)[:LONGEST_KEY]}~{secrets.token_hex(8)}"
        await patiently(
            lambda: self._ledger.reserve(
                ours, provider=provider, operation=operation, amount=estimate, video_id=video.video_id, user_id=video.user_id
            )
        )
        return ours


class BudgetActivity:
    """Decides between steps whether a video may go on, and takes a person's raise of a cap."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @activity.defn
    async def budget_verdict(self, task: VerdictTask) -> Verdict:
        """Go, economy, stop or pause, with the reason.

        Raises:
            ComponentDown: the database is away.
        """
        standing = await self._ledger.standing(task.video.video_id, task.video.user_id, datetime.now(UTC))
        return judge(standing, self._ledger.caps.economy, task.remaining)

    @activity.defn
    async def raise_cap(self, task: CapRaise) -> None:
        """Set a cap, as a person said.

        Raises:
            InvalidRequest: the amount or scope cannot be set.
            NotFound: no such video or account.
        """
        await self._ledger.raise_cap(task.scope, task.cap, datetime.now(UTC), task.subject)
        log.info("the cap of %s %s is %s now, by %s: %s", task.scope.value, task.subject, task.cap, task.by, task.reason)


async def patiently(post: Callable[[], Awaitable[T]]) -> T:
    """Post, and again after short waits while the database is away."""
    for wait in WAITS:
        try:
            return await post()
        except ComponentDown:
            await asyncio.sleep(wait)
    return await post()
