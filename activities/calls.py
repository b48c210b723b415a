"""Calls of providers outside this machine: behind the circuit breaker, and, where they cost money, inside a charge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TypeVar

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
    ) -> T:
        """A call of a fixed price; `part` tells the calls of one video's step apart.

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
            await charge.settle(price)
        return answer
