"""Pictures from image models: OpenAI, or a server that speaks its protocol, and Stable Diffusion XL behind `/sdapi/v1/txt2img`.

Both give the bytes of one picture that surely opens; what it costs is the caller's to charge.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from PIL import Image
from pydantic import BaseModel, Field

from activities.downloads import Downloader
from activities.http import ProviderClient, parsed
from models.costs.prices import PriceList, Unit
from models.errors import BadOutput, ProviderError
from models.videos.media_facts import PICTURE_FORMATS

LARGEST_ANSWER = 60_000_000
TXT2IMG = "/sdapi/v1/txt2img"
LEAST_SIDE = 64
"""Pixels of the shorter side below which an answer is no picture of use."""
_MOST_PIXELS = 60_000_000


class _Datum(BaseModel):
    b64_json: str | None = None
    url: str | None = None


class _Images(BaseModel):
    data: list[_Datum] = Field(min_length=1)


class _Drawn(BaseModel):
    images: list[str] = Field(min_length=1)


class OpenAIPictures:
    """An image model of one OpenAI account."""

    def __init__(
        self,
        name: str,
        model: str,
        *,
        api_key: str,
        prices: Callable[[], Awaitable[PriceList]],
        base_url: str = "https://api.openai.com/v1",
        quality: str = "medium",
        seconds: float = 120.0,
    ) -> None:
        """`name` is the provider's in the chain; `seconds` for a whole picture."""
        self.name = name
        self.model = model
        self._prices = prices
        self._quality = quality
        headers = {"Authorization": f"Bearer {api_key}"}
        self._client = ProviderClient(name, base_url, headers=headers, timeout=seconds, largest=LARGEST_ANSWER)
        self._files = Downloader(name, base_url, seconds=seconds, largest=LARGEST_ANSWER)

    async def price(self) -> Decimal:
        """Dollars for a picture.

        Raises:
            UnknownPrice: the model has none.
        """
        return (await self._prices()).cost("openai", self.model, {Unit.IMAGES: 1}, datetime.now(UTC))

    async def draw(self, prompt: str, width: int, height: int) -> bytes:
        """A picture of the shape of `width` x `height`.

        Raises:
            Refused: the model will not draw this.
            BadOutput: the answer holds no picture; `detail["cost"]` is what it cost all the same.
            ProviderError: as the service failed.
        """
        size = "1536x1024" if width > height else "1024x1536" if height > width else "1024x1024"
        body = {"model": self.model, "prompt": prompt[:30_000], "size": size, "quality": self._quality, "n": 1}
        answer = await self._client.json("POST", "/images/generations", json=body)
        try:
            datum = parsed(self.name, _Images, answer).data[0]
            data = _decoded(self.name, datum.b64_json) if datum.b64_json else await self._fetched(datum.url or "")
            await asyncio.to_thread(opened, self.name, data)
        except ProviderError as error:
            error.detail.setdefault("cost", str(await self.price()))  # it was drawn, so it is billed
            raise
        return data

    async def _fetched(self, url: str) -> bytes:
        """Some servers name an address instead of sending the picture."""
        with tempfile.TemporaryDirectory(prefix="ytempire-picture-") as folder:
            path = Path(folder) / "picture"
            await self._files.fetch(url, path, kind="image/")
            return await asyncio.to_thread(path.read_bytes)


class StableDiffusion:
    """A Stable Diffusion XL endpoint of the operator's."""

    def __init__(
        self,
        name: str,
        *,
        base_url: str,
        prices: Callable[[], Awaitable[PriceList]],
        api_key: str = "",
        steps: int = 30,
        seconds: float = 120.0,
    ) -> None:
        """`name` is the provider's in the chain; `seconds` for a whole picture."""
        self.name = name
        self._prices = prices
        self._steps = steps
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        base = base_url.rstrip("/").removesuffix(TXT2IMG)
        self._client = ProviderClient(name, base, headers=headers, timeout=seconds, largest=LARGEST_ANSWER)

    async def price(self) -> Decimal:
        """Dollars for a picture.

        Raises:
            UnknownPrice: the price list has none.
        """
        return (await self._prices()).cost("sdxl", "sdxl", {Unit.IMAGES: 1}, datetime.now(UTC))

    async def draw(self, prompt: str, width: int, height: int, *, avoid: str = "", seed: int = -1) -> bytes:
        """A picture of the shape of `width` x `height`, in the sizes that the model was trained on.

        Raises:
            BadOutput: the answer holds no picture; `detail["cost"]` is what it cost all the same.
            ProviderError: as the service failed.
        """
        wide, high = (1344, 768) if width > height else (768, 1344) if height > width else (1024, 1024)
        body = {
            "prompt": prompt,
            "negative_prompt": avoid,
            "seed": seed,
            "steps": self._steps,
            "cfg_scale": 7,
            "width": wide,
            "height": high,
            "batch_size": 1,
            "n_iter": 1,
        }
        answer = await self._client.json("POST", TXT2IMG, json=body)
        try:
            data = _decoded(self.name, parsed(self.name, _Drawn, answer).images[0].rpartition(",")[2])
            await asyncio.to_thread(opened, self.name, data)
        except BadOutput as error:
            error.detail.setdefault("cost", str(await self.price()))
            raise
        return data


def _decoded(provider: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadOutput(f"The picture of {provider} is not base64.", provider=provider) from error


def opened(provider: str, data: bytes) -> tuple[int, int, str]:
    """Width, height and media type of a picture, once it was read to its end.

    Raises:
        BadOutput: it is none, is cut off, too small or far too large.
    """
    try:
        with Image.open(io.BytesIO(data), formats=PICTURE_FORMATS) as picture:
            width, height = picture.size
            if width * height > _MOST_PIXELS or min(width, height) < LEAST_SIDE:
                raise BadOutput(f"The picture of {provider} is {width} x {height} pixels.", provider=provider)
            picture.load()
            return width, height, Image.MIME.get(picture.format or "", "image/png")
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise BadOutput(f"The picture of {provider} cannot be read: {error}.", provider=provider) from error
