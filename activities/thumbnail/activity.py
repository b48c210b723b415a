"""The thumbnail step: three candidates, scored; the best is chosen and the reasons are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from temporalio import activity

from activities.chosen import chosen
from activities.counters import count_reuse
from activities.render.phrases import phrases_of
from activities.thumbnail.port import DrawnPicture, DrawnThumbnail, ThumbnailOrder, ThumbnailPort
from models.ids import digest_of
from models.videos.contracts import ArtifactRef, Provided, Script
from models.videos.finishing import ThumbnailCandidate, ThumbnailMade, ThumbnailTask
from models.videos.palettes import palette_of
from models.videos.symbols import symbol_for
from models.videos.thumbnail_words import thumbnail_words

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore

Draw = Callable[[ThumbnailOrder, DrawnPicture | None], Sequence[DrawnThumbnail]]
VERSION = 4
"""Raised when the same script shall give other thumbnails."""


class ThumbnailActivity:
    """Makes thumbnails. Async: a provider may be asked over the network; drawing works on a thread."""

    def __init__(self, store: ArtifactStore, providers: Mapping[str, ThumbnailPort], draw: Draw) -> None:
        """`providers` by the names that tasks ask for; `draw` sets the type upon a provider's picture, best design first."""
        self._store = store
        self._providers = providers
        self._draw = draw

    @activity.defn
    async def make_thumbnail(self, task: ThumbnailTask) -> ThumbnailMade:
        """Candidates and the chosen one. What was made of the same script before is not made again.

        Raises:
            ProviderError: the provider did not serve, or gave no picture.
            Misconfigured: there is no such provider on this worker.
        """
        provider = chosen(self._providers, task.provider, "thumbnails")
        order = order_of(await asyncio.to_thread(self._store.read_model, task.script, Script), task)
        drawn_from = {name: value for name, value in vars(order).items() if name != "video"}
        digest = digest_of("thumbnail", VERSION, provider.name, provider.version, drawn_from)
        kept = await asyncio.to_thread(self._whole, digest)
        count_reuse("thumbnail", hit=kept is not None)
        if kept is not None:
            return kept.model_copy(update={"provided": Provided(provider=provider.name, cached=True)})
        picture = await provider.picture(order)
        drawn = await asyncio.to_thread(self._draw, order, picture)
        return await asyncio.to_thread(self._kept, digest, provider.name, picture, drawn)

    def _whole(self, digest: str) -> ThumbnailMade | None:
        """What was made before; None where nothing was, or a picture of it is gone."""
        found = self._store.find("thumbnail-set", digest)
        if found is None:
            return None
        made = self._store.read_model(found, ThumbnailMade)
        if all(self._store.find(ref.kind, ref.digest) for ref in (made.webp, *(one.image for one in made.candidates))):
            return made
        self._store.delete(found)
        return None

    def _kept(self, digest: str, provider: str, picture: DrawnPicture | None, drawn: Sequence[DrawnThumbnail]) -> ThumbnailMade:
        provided = Provided(provider=provider, cost=picture.cost) if picture else Provided(provider=provider)
        candidates = tuple(
            ThumbnailCandidate(image=self._image(one, digest), score=one.score, parts=one.parts, reason=one.reason) for one in drawn
        )
        webp = self._store.put_bytes("thumbnail-webp", digest_of(digest, drawn[0].name), drawn[0].webp)
        made = ThumbnailMade(chosen=candidates[0].image, webp=webp, candidates=candidates, provided=provided)
        self._store.put_model("thumbnail-set", digest, made)
        return made

    def _image(self, one: DrawnThumbnail, digest: str) -> ArtifactRef:
        return self._store.put_bytes("thumbnail", digest_of(digest, one.name), one.jpeg)


def order_of(script: Script, task: ThumbnailTask) -> ThumbnailOrder:
    """What to draw for a script: the words of its title, the symbol they call for, the channel's palette."""
    request = task.video.request
    niche = request.niche if request.niche != "general" else script.niche
    topic = script.scenes[0].visual if script.scenes else ""
    first = script.scenes[0].narration if script.scenes else ""
    seed = int(digest_of("thumbnail", script.title)[:8], 16)
    return ThumbnailOrder(
        title=script.title,
        words=thumbnail_words(script.title, phrases_of(script.title, script.language)),
        icon=symbol_for(f"{script.title} {topic} {first}", seed=seed),
        palette=palette_of(task.video, niche),
        seed=seed,
        language=script.language,
        topic=topic,
        video=task.video,
    )
