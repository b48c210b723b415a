"""What a script provider fulfils: a request in, a whole script out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from models.ids import digest_of
from models.money import ZERO
from models.videos.contracts import Script, VideoRequest
from models.videos.formats import PROFILES
from models.videos.topics import content_words


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


def similar_digest(brief: Brief) -> str:
    """Equal for requests about the same thing in other words; empty where a topic has too few words to tell.

    A script names its channel, keeps the promise of its title and fills the length that was asked for: whoever wishes another
    one gets none of it.
    """
    request = brief.request
    words = content_words(request.topic)
    seconds = request.seconds or PROFILES[request.format].wished
    wished = (request.language, request.format.value, request.niche, request.title, seconds, brief.channel_name)
    return digest_of("similar", words, *wished) if len(words) > 1 else ""


class ScriptPort(Protocol):
    """A writer. It makes no retries of its own and raises `ProviderError`s or InvalidRequest."""

    name: str
    version: str
    """Changes whenever the same request would be answered otherwise: part of the address of kept scripts."""
    account: str
    """Whose money and breaker: `openai` for all its models, `local` for those that cost nothing."""
    paid: bool

    async def estimate(self, brief: Brief) -> Decimal:
        """The most that the script can cost, in dollars."""

    async def write(self, brief: Brief) -> Written:
        """The script.

        Raises:
            ProviderError: as the provider failed; `detail["cost"]` says what a billed failure cost.
            InvalidRequest: the request or the operator's script cannot be made into one.
        """
