"""Which providers can serve a video now: by level, by the keys that are set."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from temporalio import activity

from models.videos.choice import Choice
from models.videos.contracts import VideoInput
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
    ) -> None:
        """`youtube_serves`: whether a channel is connected; films of those that are not go to the folder."""
        self._configured = configured
        self._gpu = gpu
        self._publisher = publisher
        self._youtube_serves = youtube_serves

    @activity.defn
    async def choose_providers(self, video: VideoInput) -> Choice:
        """The chains of every step that has providers; an operator's own script is read, never written."""
        request = video.request
        own = request.script is not None
        steps = (Step.SCRIPT, Step.MODERATION, Step.VOICE, Step.FOOTAGE, Step.THUMBNAIL)
        chains = {step: chain(step, request.level, self._configured, own_script=own) for step in steps}
        chains[Step.UPLOAD] = (await self._publisher_of(video),)
        return Choice(chains=chains, gpu=self._gpu)

    async def _publisher_of(self, video: VideoInput) -> str:
        if self._publisher != "youtube":
            return self._publisher
        connected = self._youtube_serves is not None and await self._youtube_serves(video.channel_id)
        return "youtube" if connected else "folder"
