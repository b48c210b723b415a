"""Pexels: free clips and pictures, 200 searches an hour.

Fields and limits: https://www.pexels.com/api/documentation/ ; licence: https://www.pexels.com/license/
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from activities.footage.port import FootageOrder
from activities.http import ProviderClient, parsed
from models.errors import BadOutput
from models.money import ZERO, Money
from models.videos.footage_choice import Rendition, StockItem, Wish, best_rendition
from models.videos.footage_words import FootageSearch, primary

PAGE = 40
OLD_VIDEOS = "/videos/search"
LARGE = (1880, 1300)
"""Pixels that a picture's version `large2x` fits into."""
LOCALES = {
    "en": "en-US", "pt": "pt-BR", "es": "es-ES", "ca": "ca-ES", "de": "de-DE", "it": "it-IT", "fr": "fr-FR", "sv": "sv-SE",
    "id": "id-ID", "pl": "pl-PL", "ja": "ja-JP", "zh": "zh-CN", "ko": "ko-KR", "th": "th-TH", "nl": "nl-NL", "hu": "hu-HU",
    "vi": "vi-VN", "cs": "cs-CZ", "da": "da-DK", "fi": "fi-FI", "uk": "uk-UA", "el": "el-GR", "ro": "ro-RO", "nb": "nb-NO",
    "sk": "sk-SK", "tr": "tr-TR", "ru": "ru-RU",
}  # fmt: skip
"""The locales that a search may be in; Arabic and Hindi are not among them."""


class _User(BaseModel):
    name: str = ""


class _File(BaseModel):
    link: str
    file_type: str | None = ""
    width: int | None = None
    height: int | None = None
    size: int | None = None


class _Video(BaseModel):
    id: int
    url: str = ""
    duration: float = Field(0, allow_inf_nan=False)
    user: _User = _User()
    video_files: list[_File]
    tags: list[str] = []


class _Videos(BaseModel):
    videos: list[_Video]


class _Sizes(BaseModel):
    original: str
    large2x: str = ""


class _Photo(BaseModel):
    id: int
    width: int
    height: int
    url: str = ""
    photographer: str = ""
    alt: str | None = ""
    src: _Sizes


class _Photos(BaseModel):
    photos: list[_Photo]


class Pexels:
    """The library (`Library`)."""

    name = "pexels"
    version = 1
    licence = "Pexels License"
    stills = True
    paid = False

    def __init__(
        self, api_key: str, *, base_url: str = "https://api.pexels.com", hourly: int = 200, seconds: float = 30.0
    ) -> None:  # fmt: skip
        """`hourly` searches at most; `seconds` for one of them."""
        self.base_url = base_url
        self.hourly = hourly
        self._videos_path = "/v1/videos/search"
        self._client = ProviderClient(self.name, base_url, headers={"Authorization": api_key}, timeout=seconds)

    async def search(self, search: FootageSearch, kind: Literal["clip", "still"], wish: Wish) -> Sequence[StockItem]:
        """Clips or pictures of the frame's shape, searched in the language of the words where Pexels knows it."""
        shape = "landscape" if wish.width > wish.height else "portrait" if wish.height > wish.width else "square"
        params: dict[str, str | int] = {"query": search.text, "orientation": shape, "per_page": PAGE}
        if locale := LOCALES.get(primary(search.language)):
            params["locale"] = locale
        if kind == "clip":
            found = parsed(self.name, _Videos, await self._videos(params))
            return [item for video in found.videos if (item := _clip(video))]
        pictures = parsed(self.name, _Photos, await self._client.json("GET", "/v1/search", params=params))
        return [_still(photo) for photo in pictures.photos if photo.width > 0 and photo.height > 0]

    async def _videos(self, params: dict[str, str | int]) -> Any:
        """The clips' address of today, else the one of old, which some servers still have."""
        try:
            return await self._client.json("GET", self._videos_path, params=params)
        except BadOutput as error:
            if error.detail.get("status") != 404 or self._videos_path == OLD_VIDEOS:
                raise
        self._videos_path = OLD_VIDEOS
        return await self._client.json("GET", self._videos_path, params=params)

    async def address(self, item: StockItem, wish: Wish, order: FootageOrder) -> tuple[str, Money]:
        """The file's own address: the licence asks for no step."""
        return best_rendition(item, wish).url, ZERO

    def credit(self, item: StockItem) -> str:
        """Pexels asks for a link back and the author's name wherever possible."""
        return f"{'Video' if item.kind == 'clip' else 'Photo'} by {item.author or 'an author'} on Pexels: {item.page}"


def _clip(video: _Video) -> StockItem | None:
    files = tuple(
        Rendition(url=file.link, width=file.width, height=file.height, size=file.size or 0)
        for file in video.video_files
        if file.width and file.height and (file.file_type or "video/mp4") == "video/mp4"
    )
    if not files:
        return None
    words = (*(tag.casefold() for tag in video.tags), *_slug_words(video.url))
    return StockItem(
        source_id=str(video.id), kind="clip", seconds=video.duration, renditions=files, words=words,
        author=video.user.name, page=video.url,
    )  # fmt: skip


def _still(photo: _Photo) -> StockItem:
    return StockItem(
        source_id=f"photo-{photo.id}", kind="still", words=(*(photo.alt or "").casefold().split(), *_slug_words(photo.url)),
        renditions=_sizes(photo),
        author=photo.photographer, page=photo.url,
    )  # fmt: skip


def _sizes(photo: _Photo) -> tuple[Rendition, ...]:
    """The original, and the version that fits into LARGE."""
    original = Rendition(url=photo.src.original, width=photo.width, height=photo.height)
    shrink = min(LARGE[0] / photo.width, LARGE[1] / photo.height)
    if not photo.src.large2x or shrink >= 1:
        return (original,)
    width, height = max(1, int(photo.width * shrink)), max(1, int(photo.height * shrink))
    return original, Rendition(url=photo.src.large2x, width=width, height=height)


def _slug_words(url: str) -> tuple[str, ...]:
    """`aerial`, `beach` of `https://www.pexels.com/video/aerial-beach-1093662/`: clips have no tags of their own."""
    slug = url.rstrip("/").rpartition("/")[2]
    return tuple(word for word in re.split(r"[-_]", slug.casefold()) if word and not word.isdigit())
