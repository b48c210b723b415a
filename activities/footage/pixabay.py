"""Pixabay: free clips and pictures, 5,000 searches an hour, answers kept for a day as its rules ask.

Fields and limits: https://pixabay.com/api/docs/ ; licence: https://pixabay.com/service/license-summary/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field

from activities.footage.port import FootageOrder
from activities.http import ProviderClient, parsed
from models.money import ZERO, Money
from models.videos.footage_choice import Rendition, StockItem, Wish, best_rendition
from models.videos.footage_words import FootageSearch, primary

PAGE = 50
LONGEST_QUERY = 100
"""Characters; a longer one is refused."""
LANGUAGES = frozenset({
    "cs", "da", "de", "en", "es", "fr", "id", "it", "hu", "nl", "no", "pl", "pt", "ro", "sk", "fi", "sv", "tr", "vi", "th", "bg",
    "ru", "el", "ja", "ko", "zh",
})  # fmt: skip


class _File(BaseModel):
    url: str = ""
    width: int = 0
    height: int = 0
    size: int = 0


class _Clip(BaseModel):
    id: int
    page: str = Field("", alias="pageURL")
    tags: str = ""
    duration: float = Field(0, allow_inf_nan=False)
    videos: dict[str, _File]
    user: str = ""


class _Clips(BaseModel):
    hits: list[_Clip]


class _Picture(BaseModel):
    id: int
    page: str = Field("", alias="pageURL")
    tags: str = ""
    large: str = Field(alias="largeImageURL")
    width: int = Field(alias="imageWidth")
    height: int = Field(alias="imageHeight")
    user: str = ""


class _Pictures(BaseModel):
    hits: list[_Picture]


class Pixabay:
    """The library (`Library`)."""

    name = "pixabay"
    version = 1
    licence = "Pixabay Content License"
    stills = True
    paid = False

    def __init__(
        self, api_key: str, *, base_url: str = "https://pixabay.com/api", hourly: int = 5_000, seconds: float = 30.0
    ) -> None:  # fmt: skip
        """`hourly` searches at most; `seconds` for one of them."""
        self.base_url = base_url
        self.hourly = hourly
        self._key = api_key
        self._client = ProviderClient(self.name, base_url, timeout=seconds, secrets=(api_key,))

    async def search(self, search: FootageSearch, kind: Literal["clip", "still"], wish: Wish) -> Sequence[StockItem]:
        """Clips or pictures, searched in the language of the words where Pixabay knows it. Clips have no shape to ask for."""
        language = primary(search.language)
        params: dict[str, str | int] = {"key": self._key, "q": _shortened(search.words), "safesearch": "true", "per_page": PAGE}
        if language in LANGUAGES:
            params["lang"] = language
        if kind == "clip":
            found = parsed(self.name, _Clips, await self._client.json("GET", "/videos/", params=params))
            return [item for clip in found.hits if (item := _clip(clip))]
        params["image_type"] = "photo"
        params["orientation"] = "horizontal" if wish.width >= wish.height else "vertical"
        pictures = parsed(self.name, _Pictures, await self._client.json("GET", "/", params=params))
        return [_still(picture) for picture in pictures.hits if picture.width > 0 and picture.height > 0]

    async def address(self, item: StockItem, wish: Wish, order: FootageOrder) -> tuple[str, Money]:
        """The file's own address: the licence asks for no step."""
        return best_rendition(item, wish).url, ZERO

    def credit(self, item: StockItem) -> str:
        """Pixabay asks that people are shown where its media come from."""
        return f"{'Video' if item.kind == 'clip' else 'Photo'} by {item.author or 'an author'} on Pixabay: {item.page}"


def _shortened(words: tuple[str, ...]) -> str:
    """As many of the words as a query may hold."""
    text = ""
    for word in words:
        longer = f"{text} {word}".strip()
        if len(longer) > LONGEST_QUERY:
            break
        text = longer
    return text or words[0][:LONGEST_QUERY]


def _clip(clip: _Clip) -> StockItem | None:
    files = tuple(
        Rendition(url=file.url, width=file.width, height=file.height, size=file.size)
        for file in clip.videos.values()
        if file.url and file.width > 0 and file.height > 0
    )
    if not files:
        return None
    return StockItem(
        source_id=str(clip.id), kind="clip", seconds=clip.duration, renditions=files, words=_tags(clip.tags),
        author=clip.user, page=clip.page,
    )  # fmt: skip


def _still(picture: _Picture) -> StockItem:
    # `largeImageURL` is at most 1280 pixels on its longer side.
    shrink = min(1.0, 1280 / max(picture.width, picture.height))
    size = Rendition(
        url=picture.large,
        width=max(1, round(picture.width * shrink)),
        height=max(1, round(picture.height * shrink)),
    )
    return StockItem(
        source_id=f"photo-{picture.id}", kind="still", renditions=(size,), words=_tags(picture.tags),
        author=picture.user, page=picture.page,
    )  # fmt: skip


def _tags(tags: str) -> tuple[str, ...]:
    return tuple(word for tag in tags.split(",") for word in tag.casefold().split())
