"""What a step needs around a paid call, as the steps see it: a charge in the ledger and the provider's circuit breaker.

The implementations are the ledger's (`activities.budget`) and arrive through the constructors of the activity classes.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import Any, Protocol

from models.errors import ProviderError
from models.money import ZERO
from models.videos.contracts import VideoInput


class Charge(Protocol):
    """A reserved amount; what is never settled stays counted or is released, as the ledger decides by how the call ended."""

    async def settle(self, actual: Decimal) -> None:
        """Say what the call really cost."""


class Charges(Protocol):
    """The ledger, for one paid call at a time."""

    def charge(
        self, *, video: VideoInput, provider: str, operation: str, key: str, estimate: Decimal
    ) -> AbstractAsyncContextManager[Charge]:
        """Reserve `estimate` for the call `key`; raises OverBudget where a cap would be passed."""


class Breakers(Protocol):
    """The circuit breakers of all providers."""

    def guard(self, provider: str) -> AbstractAsyncContextManager[Any]:
        """Around a call: raises CircuitOpen instead of calling a provider that failed too often; counts how the call ended."""


def billed(error: ProviderError) -> Decimal:
    """What a failed call cost all the same: a refused or unusable answer is billed like a good one."""
    return Decimal(str(error.detail.get("cost", ZERO)))
