"""Thumbnail pictures by an image model of OpenAI; the designs set the type upon them."""

from __future__ import annotations

from activities.calls import Calls
from activities.drawing import OpenAIPictures
from activities.thumbnail.port import DrawnPicture, ThumbnailOrder
from models.errors import Misconfigured, NotServed, Refused

WIDTH, HEIGHT = 1280, 720


class OpenAIThumbnails:
    """The provider (`ThumbnailPort`)."""

    version = 1

    def __init__(self, pictures: OpenAIPictures, calls: Calls) -> None:
        self.name = pictures.name
        self._pictures = pictures
        self._calls = calls

    async def picture(self, order: ThumbnailOrder) -> DrawnPicture:
        """One subject without writing; a refused prompt is asked once more without the film's own words.

        Raises:
            NotServed: both were refused, so that asking again is of no use.
            ProviderError: the service failed.
            OverBudget: a cap would be passed.
        """
        try:
            return await self._drawn(order, order.prompt, "first")
        except Refused:
            try:
                return await self._drawn(order, plain_prompt_for(order), "plainer")
            except Refused as error:
                raise NotServed(f"{error.what} It refused in plainer words too.", provider=self.name) from error

    async def _drawn(self, order: ThumbnailOrder, prompt: str, part: str) -> DrawnPicture:
        if order.video is None:
            raise Misconfigured("A picture that costs money was asked for without a video to charge.", hint="Report this.")
        price = await self._pictures.price()
        data = await self._calls.paid(
            self.name,
            lambda: self._pictures.draw(prompt, WIDTH, HEIGHT),
            video=order.video,
            operation="thumbnail",
            part=part,
            price=price,
        )
        return DrawnPicture(data=data, cost=price)


def plain_prompt_for(order: ThumbnailOrder) -> str:
    """The repair of a refused prompt: the film's symbol alone."""
    return (
        f"A friendly {order.icon or 'abstract shape'} as a single object in the right half of a plain dark background, bold light. "
        f"Colours near {order.palette.background} and {order.palette.accent}. No letters, no logos, no people."
    )
