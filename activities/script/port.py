"""What a script provider fulfils: a request in, a whole script out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from models.money import ZERO
from models.videos.contracts import Script, VideoRequest


@dataclass(frozen=True)
class Brief:
    """What a provider is asked to write."""

    request: VideoRequest
    channel_name: str = ""
    source: bytes = b""
    """The operator's own script, where there is one."""
    repair: str = ""
    """Why the last answer could not be used."""


@dataclass(frozen=True)
class Written:
    """A script and what it cost."""

    script: Script
    cost: Decimal = ZERO


class ScriptPort(Protocol):
    """A writer. It makes no retries of its own and raises `ProviderError`s or InvalidRequest."""

    name: str
    version: str
    """Changes whenever the same request would be answered otherwise: part of the address of kept scripts."""
    paid: bool

    def estimate(self, brief: Brief) -> Decimal:
        """The most that the script can cost, in dollars."""

    async def write(self, brief: Brief) -> Written:
        """The script.

        Raises:
            ProviderError: as the provider failed; `detail["cost"]` says what a billed failure cost.
            InvalidRequest: the request or the operator's script cannot be made into one.
        """
