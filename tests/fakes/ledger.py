"""A ledger and breakers for steps whose providers are free: they would never be asked; being asked is a failure."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import Any

from activities.paid import Charge
from models.videos.contracts import VideoInput


class FreeOfCharge:
    """No paid call may pass here."""

    def charge(
        self, *, video: VideoInput, provider: str, operation: str, key: str, estimate: Decimal
    ) -> AbstractAsyncContextManager[Charge]:
        raise AssertionError(f"{provider} was charged {estimate} for {operation}")


class NoBreakers:
    """No provider outside this machine may be called here."""

    def guard(self, provider: str) -> AbstractAsyncContextManager[Any]:
        raise AssertionError(f"{provider} was called")
