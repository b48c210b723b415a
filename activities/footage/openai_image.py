"""Pictures drawn for a scene by an image model, when no library has footage for it."""

from __future__ import annotations

import asyncio
import hashlib

from activities.calls import Calls
from activities.drawing import OpenAIPictures, opened
from activities.footage.port import FILMED, FootageOrder, FoundFootage
from models.errors import Misconfigured, Refused
from models.videos.scene_content import sentences

LICENCE = "Generated for this film"
_STYLE = (
    "Photorealistic, cinematic light, one clear subject, calm edges. No letters, no numbers, no logos, no watermarks, "
    "no likeness of a real person."
)


class OpenAIImageFootage:
    """The provider (`FootagePort`). What it draws for a scene is drawn, and paid, once."""

    version = 1
    paid = True

    def __init__(self, pictures: OpenAIPictures, calls: Calls) -> None:
        self.name = pictures.name
        self._pictures = pictures
        self._calls = calls

    async def find(self, order: FootageOrder) -> FoundFootage | None:
        """A still of what the scene shows; a refused prompt is asked once more in plainer words.

        Raises:
            Refused: both were refused.
            ProviderError: the service failed.
            OverBudget: a cap would be passed.
        """
        if order.design.kind not in FILMED:
            return None
        if order.video is None:
            raise Misconfigured("A picture that costs money was asked for without a video to charge.", hint="Report this.")
        price = await self._pictures.price()
        try:
            data = await self._drawn(order, prompt_for(order), "first")
        except Refused:
            data = await self._drawn(order, plain_prompt_for(order), "plainer")
        width, height, media_type = await asyncio.to_thread(opened, self.name, data)
        source_id = hashlib.sha256(data).hexdigest()
        await order.claim(source_id)
        return FoundFootage(
            kind="still", data=data, media_type=media_type, width=width, height=height, source_id=source_id, licence=LICENCE,
            author=self._pictures.model, cost=price,
        )  # fmt: skip

    async def _drawn(self, order: FootageOrder, prompt: str, part: str) -> bytes:
        assert order.video is not None
        return await self._calls.paid(
            self.name,
            lambda: self._pictures.draw(prompt, order.width, order.height),
            video=order.video,
            operation="footage",
            part=f"{order.scene.index}:{part}",
            price=await self._pictures.price(),
        )


def prompt_for(order: FootageOrder) -> str:
    """What the scene shows, in the words of its script."""
    shown = (
        order.scene.visual
        or order.scene.heading
        or (sentences(order.scene.narration, order.scene.language or order.script.language) or [order.scene.narration])[0]
    )
    return f"{shown[:400]}. For a film about {order.script.title}. {_STYLE}"


def plain_prompt_for(order: FootageOrder) -> str:
    """The repair of a refused prompt: the film's subject as a peaceful symbol, without the scene's words."""
    return f"A peaceful, abstract still life that stands for the subject '{order.script.niche}'. No people. {_STYLE}"
