"""Which providers can serve a video now: by level, by the keys that are set."""

from __future__ import annotations

from temporalio import activity

from models.videos.choice import Choice
from models.videos.contracts import VideoInput
from models.videos.providers import chain
from models.videos.status import Step


class ChoiceActivity:
    """Knows what this installation has configured."""

    def __init__(self, configured: frozenset[str], *, gpu: bool, publisher: str) -> None:
        self._configured = configured
        self._gpu = gpu
        self._publisher = publisher

    @activity.defn
    async def choose_providers(self, video: VideoInput) -> Choice:
        """The chains of every step that has providers; an operator's own script is read, never written."""
        request = video.request
        own = request.script is not None
        steps = (Step.SCRIPT, Step.MODERATION, Step.VOICE, Step.FOOTAGE, Step.THUMBNAIL)
        chains = {step: chain(step, request.level, self._configured, own_script=own) for step in steps}
        chains[Step.UPLOAD] = (self._publisher,)
        return Choice(chains=chains, gpu=self._gpu)
