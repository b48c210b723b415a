"""Shutterstock: clips paid by the asset, for premium videos.

Fields: https://api-reference.shutterstock.com/ ; prices are those of the ledger (unit `assets`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field

from activities.artifacts import ArtifactStore
from activities.calls import Calls
from activities.footage.port import FootageOrder
from activities.http import ProviderClient, parsed
from models.costs.prices import PriceList, Unit
from models.errors import BadOutput, Misconfigured, QuotaExhausted, Refused
from models.ids import digest_of
from models.money import ZERO, Money
from models.videos.contracts import Contract
from models.videos.footage_choice import Rendition, StockItem, Wish, best_rendition
from models.videos.footage_words import FootageSearch, primary

PAGE = 20
SIZES = ("sd", "hd", "4k")
LANGUAGES = frozenset({
    "cs", "da", "de", "en", "es", "fi", "fr", "hu", "it", "ja", "ko", "nb", "nl", "pl", "pt", "ru", "sv", "th", "tr", "zh",
})  # fmt: skip
ADDRESS_LASTS = timedelta(minutes=30)
"""A download address is used again this long, so that a download that broke is not licensed, and paid, again."""


class _Asset(BaseModel):
    width: int = 0
    height: int = 0
    file_size: int = 0


class _Contributor(BaseModel):
    id: str = ""


class _Video(BaseModel):
    id: str
    duration: float = Field(0, allow_inf_nan=False)
    description: str = ""
    keywords: list[str] = []
    assets: dict[str, _Asset | None] = {}
    contributor: _Contributor = _Contributor()


class _Videos(BaseModel):
    data: list[_Video]


class _Address(BaseModel):
    url: str


class _Licensed(BaseModel):
    video_id: str = ""
    license_id: str = ""
    download: _Address | None = None
    error: str | None = None


class _Licences(BaseModel):
    data: list[_Licensed] = Field(min_length=1)


class BoughtClip(Contract):
    """A licence that was paid for, stored as an artifact of kind `stock-licence`."""

    url: str
    licence_id: str
    at: datetime


class Shutterstock:
    """The library (`Library`). Looking is free; the clip that is taken is licensed for $0.50 or what the price list says."""

    name = "shutterstock"
    version = 1
    licence = "Shutterstock licence"
    stills = False
    paid = True

    def __init__(
        self,
        token: str,
        store: ArtifactStore,
        calls: Calls,
        prices: Callable[[], Awaitable[PriceList]],
        *,
        subscription: str = "",
        base_url: str = "https://api.shutterstock.com/v2",
        hourly: int = 1_000,
        seconds: float = 30.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`subscription` is the id of the one that pays; `seconds` for one call."""
        self.base_url = base_url
        self.hourly = hourly
        self._store = store
        self._calls = calls
        self._prices = prices
        self._subscription = subscription
        self._now = now
        self._client = ProviderClient(self.name, base_url, headers={"Authorization": f"Bearer {token}"}, timeout=seconds)

    async def search(self, search: FootageSearch, kind: Literal["clip", "still"], wish: Wish) -> Sequence[StockItem]:
        """Clips of the frame's shape that may be used commercially."""
        params: dict[str, str | int] = {
            "query": search.text,
            "aspect_ratio": "16_9" if wish.width > wish.height else "9_16" if wish.height > wish.width else "1_1",
            "per_page": PAGE,
            "sort": "relevance",
            "safe": "true",
            "license": "commercial",
            "view": "full",
        }
        if primary(search.language) in LANGUAGES:
            params["language"] = primary(search.language)
        found = parsed(self.name, _Videos, await self._client.json("GET", "/videos/search", params=params))
        return [item for video in found.data if (item := _clip(video))]

    async def price(self) -> Decimal:
        """Dollars for an asset.

        Raises:
            UnknownPrice: the price list has none.
        """
        return (await self._prices()).cost(self.name, "asset", {Unit.ASSETS: 1}, self._now())

    async def address(self, item: StockItem, wish: Wish, order: FootageOrder) -> tuple[str, Money]:
        """Where the licensed clip lies. What was licensed a moment ago, in a try that broke, is not paid again.

        Raises:
            OverBudget: a cap would be passed.
            QuotaExhausted: the subscription has nothing left.
            ProviderError: as the call failed.
        """
        size = best_rendition(item, wish).url
        digest = digest_of("stock-licence", self.name, item.source_id, size)
        bought = await asyncio.to_thread(self._bought, digest)
        if bought is not None:
            return bought.url, ZERO
        if order.video is None:
            raise Misconfigured("A clip that costs money was asked for without a video to charge.", hint="Report this.")
        price = await self.price()
        licensed = await self._calls.paid(
            self.name,
            lambda: self._license(item.source_id, size),
            video=order.video,
            operation="footage",
            part=f"{order.scene.index}:{item.source_id}",
            price=price,
        )
        address = licensed.download.url if licensed.download else ""
        await asyncio.to_thread(
            self._store.put_model,
            "stock-licence",
            _dated(digest, self._now()),
            BoughtClip(url=address, licence_id=licensed.license_id, at=self._now()),
        )
        return address, price

    def credit(self, item: StockItem) -> str:
        """The licence wants no line; one is given all the same."""
        return f"Video by Shutterstock contributor {item.author}" if item.author else "Video by Shutterstock"

    async def _license(self, video_id: str, size: str) -> _Licensed:
        params = {"size": size} | ({"subscription_id": self._subscription} if self._subscription else {})
        body = {"videos": [{"video_id": video_id}]}
        answer = await self._client.json("POST", "/videos/licenses", params=params, json=body)
        licensed = parsed(self.name, _Licences, answer).data[0]
        if licensed.error:
            # Such an answer comes with status 200, and nothing is taken off the subscription.
            kind = (
                QuotaExhausted
                if any(word in licensed.error.lower() for word in ("subscription", "allotment", "credit"))
                else Refused
            )
            raise kind(f"{self.name} does not license clip {video_id}: {licensed.error}", provider=self.name, billed="no")
        if licensed.download is None:
            price = await self.price()
            raise BadOutput(
                f"{self.name} licensed clip {video_id} without saying where it lies.",
                provider=self.name,
                detail={"cost": str(price)},
            )
        return licensed

    def _bought(self, digest: str) -> BoughtClip | None:
        now = self._now()
        for hour in (now, now - timedelta(hours=1)):
            found = self._store.find("stock-licence", _dated(digest, hour))
            if found is not None:
                bought = self._store.read_model(found, BoughtClip)
                if now - bought.at <= ADDRESS_LASTS:
                    return bought
        return None


def _dated(digest: str, at: datetime) -> str:
    """The address under which what holds for minutes is kept: artifacts are never overwritten, so each hour has its own."""
    return digest_of(digest, at.astimezone(UTC).strftime("%Y-%m-%dT%H"))


def _clip(video: _Video) -> StockItem | None:
    """As a clip whose renditions are named by their size: their addresses are told when they are licensed."""
    sizes = tuple(
        Rendition(url=size, width=asset.width, height=asset.height, size=asset.file_size)
        for size in SIZES
        if (asset := video.assets.get(size)) is not None and asset.width > 0 and asset.height > 0
    )
    if not sizes:
        return None
    words = (*(word for keyword in video.keywords for word in keyword.casefold().split()), *video.description.casefold().split())
    return StockItem(
        source_id=video.id, kind="clip", seconds=video.duration, renditions=sizes, words=words,
        author=video.contributor.id, page=f"https://www.shutterstock.com/video/clip-{video.id}",
    )  # fmt: skip
