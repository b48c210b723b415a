"""Moderation of texts by OpenAI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel

from activities.calls import Calls
from activities.http import ProviderClient, parsed
from activities.quality.moderation_port import Hit, Moderated
from models.costs.prices import PriceList, Unit
from models.errors import BadOutput
from models.money import ZERO
from models.videos.contracts import VideoInput
from models.videos.moderation import CATEGORIES

BATCH = 20
"""Texts in one request."""
LONGEST = 20_000
"""Characters of one text; longer ones are looked at in parts."""


class _Result(BaseModel):
    flagged: bool
    categories: dict[str, bool | None] = {}
    category_scores: dict[str, float | None] = {}


class _Answer(BaseModel):
    results: list[_Result]


class OpenAIModeration:
    """The provider `openai-moderation` (`ModerationPort`)."""

    name = "openai-moderation"

    def __init__(
        self,
        api_key: str,
        calls: Calls,
        prices: Callable[[], Awaitable[PriceList]],
        *,
        model: str = "omni-moderation-latest",
        base_url: str = "https://api.openai.com/v1",
        seconds: float = 30.0,
    ) -> None:
        """`seconds` for one request."""
        self.version = f"1:{model}"
        self._model = model
        self._calls = calls
        self._prices = prices
        self._client = ProviderClient(self.name, base_url, headers={"Authorization": f"Bearer {api_key}"}, timeout=seconds)

    async def check(self, texts: Sequence[str], video: VideoInput) -> Moderated:
        """Every category that the service flags is serious.

        Raises:
            BadOutput: the answer does not speak of each text.
            ProviderError: as the service failed.
        """
        parts = [(at, part) for at, text in enumerate(texts) for part in _parts(text)]
        hits: list[dict[str, Hit]] = [{} for _ in texts]
        price = (await self._prices()).cost("openai", self._model, {Unit.CALLS: 1}, datetime.now(UTC))
        cost = ZERO
        for start in range(0, len(parts), BATCH):
            batch = parts[start : start + BATCH]

            async def ask(batch: list[tuple[int, str]] = batch) -> list[_Result]:
                return await self._asked([text for _, text in batch])

            results = await self._calls.paid(
                self.name, ask, video=video, operation="moderation", part=f"{start}", price=price
            )  # fmt: skip
            cost += price
            for (at, _), result in zip(batch, results, strict=True):
                for hit in _hits(result):
                    known = hits[at].get(hit.category)
                    hits[at][hit.category] = hit if known is None or hit.score > known.score else known
        return Moderated(tuple(tuple(found.values()) for found in hits), cost)

    async def _asked(self, texts: list[str]) -> list[_Result]:
        answer = await self._client.json("POST", "/moderations", json={"model": self._model, "input": texts})
        results = parsed(self.name, _Answer, answer).results
        if len(results) != len(texts):
            raise BadOutput(f"{self.name} judged {len(results)} of {len(texts)} texts.", provider=self.name)
        return results


def _hits(result: _Result) -> list[Hit]:
    flagged = [name for name, is_so in result.categories.items() if is_so]
    if result.flagged and not flagged:
        flagged = [""]
    scores = result.category_scores
    return [
        Hit(CATEGORIES.get(name, name or "content that the service refuses"), score=scores.get(name) or 1.0) for name in flagged
    ]


def _parts(text: str) -> list[str]:
    """The text in parts that one judgement may hold, overlapping a little so that no phrase falls between two."""
    step = LONGEST - 500
    return [text[at : at + LONGEST] for at in range(0, max(1, len(text) - 500), step)]
