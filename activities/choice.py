"""Which providers can serve a video now: by level, by the keys that are set."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from uuid import UUID

from temporalio import activity

from models.videos.choice import Choice
from models.videos.contracts import ArtifactRef, VideoInput, VideoRequest
from models.videos.providers import chain
from models.videos.status import Step


class ChoiceActivity:
    """Knows what this installation has configured."""

    def __init__(
        self,
        configured: frozenset[str],
        *,
        gpu: bool,
        publisher: str,
        youtube_serves: Callable[[UUID], Awaitable[bool]] | None = None,
        estimates: Callable[[VideoRequest], Awaitable[dict[Step, Decimal]]] | None = None,
        recent: Callable[[VideoInput], Awaitable[tuple[ArtifactRef, ...]]] | None = None,
    ) -> None:
        """What the answer is made from.

        `youtube_serves`: whether a channel is connected; films of those that are not go to the folder. `estimates`: what each step
        costs at most. `recent`: the scripts of the channel's latest videos.
        """
        self._configured = configured
        self._gpu = gpu
        self._publisher = publisher
        self._youtube_serves = youtube_serves
        self._estimates = estimates
        self._recent = recent

    @activity.defn
    async def choose_providers(self, video: VideoInput) -> Choice:
        """The chains of every step that has providers; an operator's own script is read, never written."""
        request = video.request
        own = request.script is not None
        steps = (Step.SCRIPT, Step.MODERATION, Step.VOICE, Step.FOOTAGE, Step.THUMBNAIL)
        chains = {step: chain(step, request.level, self._configured, own_script=own) for step in steps}
        chains[Step.UPLOAD] = (await self._publisher_of(video),)
        estimates = await self._estimates(request) if self._estimates is not None else {}
        recent = await self._recent(video) if self._recent is not None else ()
        return Choice(chains=chains, gpu=self._gpu, estimates=estimates, recent=recent)

    async def _publisher_of(self, video: VideoInput) -> str:
        if self._publisher != "youtube":
            return self._publisher
        connected = self._youtube_serves is not None and await self._youtube_serves(video.channel_id)
        return "youtube" if connected else "folder"
