"""What a library of clips fulfils, and how footage is found in one: searched, chosen, claimed, fetched, looked at, kept."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from activities.artifacts import ArtifactStore
from activities.calls import Calls
from activities.counters import count_reuse
from activities.downloads import Downloader
from activities.footage.media import look_at
from activities.footage.port import FILMED, FootageOrder, FoundFootage
from models.errors import BadOutput, MediaError, QuotaExhausted, RateLimited, Refused
from models.ids import digest_of
from models.money import ZERO, Money
from models.videos.contracts import ArtifactRef, Contract
from models.videos.footage_choice import StockItem, Wish, best_rendition, ranked
from models.videos.footage_words import FootageSearch, searches
from models.videos.media_facts import MediaFacts

ANSWER_LASTS = timedelta(days=1)
"""How long the answer to a search is used again; Pixabay's rules ask for a day."""
TRIES = 3
"""Candidates of one search that are fetched at most before the next search."""
SOON = timedelta(seconds=60)
"""Our own hourly count lets the step wait this long; beyond it the next provider serves."""
_SHORT = 0.5
"""Seconds by which a file may be shorter than its library says."""


class Library(Protocol):
    """A library of clips and pictures. It makes no retries of its own."""

    name: str
    version: int
    """Raised when the same search shall give something else."""
    base_url: str
    licence: str
    stills: bool
    """Whether it has pictures for when no clip fits."""
    paid: bool
    hourly: int
    """Searches an hour that it allows."""

    async def search(self, search: FootageSearch, kind: Literal["clip", "still"], wish: Wish) -> Sequence[StockItem]:
        """What it has, best first by its own order.

        Raises:
            ProviderError: as it failed.
        """
        ...

    async def address(self, item: StockItem, wish: Wish, order: FootageOrder) -> tuple[str, Money]:
        """Where the file lies, licensed for us, and what that cost.

        Raises:
            ProviderError: as it failed.
            OverBudget: a cap would be passed.
        """
        ...

    def credit(self, item: StockItem) -> str:
        """The line that the licence wants in the description; empty where it wants none."""
        ...


class Answered(Contract):
    """What a search found, stored as an artifact of kind `stock-search` and good for a day."""

    at: datetime
    items: tuple[StockItem, ...]


class KeptFile(Contract):
    """A fetched file and what it is, stored as an artifact of kind `stock-file`, shared by all videos."""

    media: ArtifactRef
    kind: Literal["clip", "still"]
    width: int
    height: int
    seconds: float


class CallLimits(Protocol):
    """Counts the calls of all processes."""

    async def permit(self, provider: str, limit: int) -> timedelta | None:
        """Count one, or say how long to wait."""
        ...


class LibraryFootage:
    """Finds footage in one library (`FootagePort`)."""

    def __init__(
        self,
        library: Library,
        store: ArtifactStore,
        calls: Calls,
        limits: CallLimits,
        *,
        download_seconds: float = 120.0,
        largest: int = 200_000_000,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`download_seconds` and `largest` (bytes) bound one file."""
        self.name = library.name
        self.version = library.version
        self.paid = library.paid
        self._library = library
        self._store = store
        self._calls = calls
        self._limits = limits
        self._files = Downloader(library.name, library.base_url, seconds=download_seconds, largest=largest)
        self._now = now

    async def find(self, order: FootageOrder) -> FoundFootage | None:
        """The best clip that fits and is free for the scene, else a picture; None when the library has neither.

        Raises:
            ProviderError: the library failed; BadOutput or Refused when it delivered no file that is whole.
            OverBudget: a cap would be passed.
        """
        if order.design.kind not in FILMED:
            return None
        wanted = searches(order.script, order.scene)
        ways: list[tuple[FootageSearch, Literal["clip", "still"]]] = [(search, "clip") for search in wanted]
        if self._library.stills and wanted:
            ways.append((wanted[0], "still"))
        failed: BadOutput | Refused | None = None
        tried: set[str] = set()
        for search, kind in ways:
            wish = Wish(width=order.width, height=order.height, seconds=order.seconds, words=search.words)
            for item in ranked(await self._search(search, kind, wish), wish, order.used)[:TRIES]:
                # A wider search finds the same again: what could not be had, or was bought and is broken, stays so.
                if item.source_id in tried or not await order.claim(item.source_id):
                    continue
                tried.add(item.source_id)
                try:
                    return await self._obtained(item, wish, order)
                except (BadOutput, Refused) as error:
                    failed = error
        if failed is not None:
            raise failed
        return None

    async def _search(self, search: FootageSearch, kind: Literal["clip", "still"], wish: Wish) -> Sequence[StockItem]:
        shape = "wide" if wish.width > wish.height else "tall" if wish.height > wish.width else "square"
        asked = digest_of("stock-search", self.name, self.version, search, kind, shape)
        known = await asyncio.to_thread(self._answered, asked)
        count_reuse("footage-search", hit=known is not None)
        if known is not None:
            return known.items
        await self._permitted()
        items = tuple(await self._calls.free(self.name, lambda: self._library.search(search, kind, wish)))
        now = self._now()
        await asyncio.to_thread(self._store.put_model, "stock-search", digest_of(asked, _day(now)), Answered(at=now, items=items))
        return items

    def _answered(self, asked: str) -> Answered | None:
        """What the same search found within a day. Artifacts are never overwritten, so each day has its own."""
        now = self._now()
        for day in (now, now - ANSWER_LASTS):
            found = self._store.find("stock-search", digest_of(asked, _day(day)))
            answered = self._store.read_model(found, Answered) if found else None
            if answered is not None and now - answered.at < ANSWER_LASTS:
                return answered
        return None

    async def _permitted(self) -> None:
        wait = await self._limits.permit(self.name, self._library.hourly)
        if wait is None:
            return
        what = f"{self._library.hourly} searches an hour are allowed at {self.name}, and all are used"
        if wait <= SOON:
            raise RateLimited(f"{what}; the next is in {wait.total_seconds():.0f} s.", provider=self.name, retry_after=wait)
        minutes = wait.total_seconds() / 60
        raise QuotaExhausted(
            f"{what}; the next is in {minutes:.0f} minutes.",
            provider=self.name,
            retry_after=wait,
            hint="The next provider serves until then.",
        )

    async def _obtained(self, item: StockItem, wish: Wish, order: FootageOrder) -> FoundFootage:
        rendition = best_rendition(item, wish)
        digest = digest_of("stock-file", self.name, item.source_id, rendition.width, rendition.height)
        kept, cost = await asyncio.to_thread(self._here, digest), ZERO
        count_reuse("footage-file", hit=kept is not None)
        if kept is None:
            url, cost = await self._library.address(item, wish, order)
            kept = await self._fetched(item, url, digest, wish)
        return FoundFootage(
            kind=kept.kind, media=kept.media, media_type=kept.media.media_type, width=kept.width, height=kept.height,
            seconds=kept.seconds, source_id=item.source_id, licence=self._library.licence, author=item.author, page=item.page,
            credit=self._library.credit(item), cost=cost,
        )  # fmt: skip

    def _here(self, digest: str) -> KeptFile | None:
        """The file that was fetched before, unless retention deleted it since."""
        found = self._store.find("stock-file", digest)
        kept = self._store.read_model(found, KeptFile) if found else None
        return kept if kept and self._store.find(kept.media.kind, kept.media.digest) else None

    async def _fetched(self, item: StockItem, url: str, digest: str, wish: Wish) -> KeptFile:
        clip = item.kind == "clip"
        name = f"{item.kind} {item.source_id} of {self.name}.{'mp4' if clip else 'jpg'}"
        with tempfile.TemporaryDirectory(prefix="ytempire-footage-") as folder:
            path = Path(folder) / ("file.mp4" if clip else "file.jpg")
            fetch: Callable[[], Awaitable[str]] = lambda: self._files.fetch(url, path, kind="video/" if clip else "image/")  # noqa: E731
            media_type = await self._calls.free(self.name, fetch)
            facts = await asyncio.to_thread(self._looked_at, path, name, item, wish)
            if not media_type.startswith(("video/", "image/")):
                media_type = "video/mp4" if clip else "image/jpeg"
            return await asyncio.to_thread(self._kept, path, digest, media_type, facts)

    def _looked_at(self, path: Path, name: str, item: StockItem, wish: Wish) -> MediaFacts:
        """What the file is.

        Raises:
            BadOutput: it is broken, cut off, or not what the library said.
        """
        try:
            facts = look_at(path, name)
        except MediaError as error:
            raise BadOutput(error.what, provider=self.name) from error
        if facts.kind != item.kind or (item.kind == "clip" and facts.seconds < min(item.seconds, wish.seconds) - _SHORT):
            raise BadOutput(
                f"The {name} is a {facts.kind} of {facts.seconds:.1f} s, not a {item.kind} of {item.seconds:.1f} s.",
                provider=self.name,
            )
        return facts

    def _kept(self, path: Path, digest: str, media_type: str, facts: MediaFacts) -> KeptFile:
        media = self._store.put_file("footage-file", digest, path, media_type)
        kept = KeptFile(media=media, kind=facts.kind, width=facts.width, height=facts.height, seconds=facts.seconds)
        self._store.put_model("stock-file", digest, kept)
        return kept


def _day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d")
