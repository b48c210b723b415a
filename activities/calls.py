"""Calls of providers outside this machine: behind the circuit breaker, and, where they cost money, inside a charge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TypeVar

from temporalio import activity

from activities.paid import Breakers, Charges, billed
from models.errors import ProviderError
from models.videos.contracts import VideoInput
from models.videos.providers import account_of

T = TypeVar("T")


class Calls:
    """What adapters of several steps make their calls through."""

    def __init__(self, charges: Charges, breakers: Breakers) -> None:
        self._charges = charges
        self._breakers = breakers

    async def free(self, provider: str, call: Callable[[], Awaitable[T]]) -> T:
        """A call that costs nothing.

        Raises:
            CircuitOpen: the provider failed too often lately and was not called.
            ProviderError: as the call failed.
        """
        async with self._breakers.guard(provider):
            return await call()

    async def paid(
        self,
        provider: str,
        call: Callable[[], Awaitable[T]],
        *,
        video: VideoInput,
        operation: str,
        part: str,
        price: Decimal,
        cost: Callable[[T], Decimal] | None = None,
    ) -> T:
        """A call that costs `price`, or `cost` of its answer and `price` at most; `part` tells the calls of one video's step apart.

        Raises:
            OverBudget: a cap would be passed; nothing was sent.
            CircuitOpen: the provider failed too often lately and was not called.
            ProviderError: as the call failed; what such a call costs all the same is charged.
        """
        key = f"{video.video_id}:{operation}:{provider}:{part}"
        async with (
            self._breakers.guard(provider),
            self._charges.charge(
                video=video, provider=account_of(provider), operation=operation, key=key, estimate=price
            ) as charge,
        ):  # fmt: skip
            try:
                answer = await call()
            except ProviderError as error:
                if billed(error):
                    await charge.settle(billed(error))
                raise
            await charge.settle(cost(answer) if cost else price)
        return answer


def this_attempt() -> str:
    """A name for this try of an activity: each is a call of its own, charged on its own."""
    info = activity.info()
    return f"{info.workflow_run_id}:{info.activity_id}:{info.attempt}"
