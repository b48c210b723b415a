"""Thumbnail pictures by a Stable Diffusion XL endpoint; the designs set the type upon them."""

from __future__ import annotations

from activities.calls import Calls
from activities.drawing import StableDiffusion
from activities.thumbnail.port import DrawnPicture, ThumbnailOrder
from models.errors import Misconfigured

WIDTH, HEIGHT = 1280, 720
AVOID = "text, letters, numbers, watermark, logo, signature, frame, blurry, low quality, deformed, extra limbs"


class SdxlThumbnails:
    """The provider (`ThumbnailPort`)."""

    version = 1

    def __init__(self, pictures: StableDiffusion, calls: Calls) -> None:
        self.name = pictures.name
        self._pictures = pictures
        self._calls = calls

    async def picture(self, order: ThumbnailOrder) -> DrawnPicture:
        """One subject without writing; the same order gives the same seed.

        Raises:
            ProviderError: the service failed.
            OverBudget: a cap would be passed.
        """
        if order.video is None:
            raise Misconfigured("A picture that costs money was asked for without a video to charge.", hint="Report this.")
        price = await self._pictures.price()
        data = await self._calls.paid(
            self.name,
            lambda: self._pictures.draw(order.prompt, WIDTH, HEIGHT, avoid=AVOID, seed=order.seed & 0x7FFFFFFF),
            video=order.video,
            operation="thumbnail",
            part="picture",
            price=price,
        )
        return DrawnPicture(data=data, cost=price)
