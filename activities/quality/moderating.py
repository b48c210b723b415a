"""The moderation of a script, before money is spent on the rest of the film."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from temporalio import activity

from activities.chosen import chosen
from activities.quality.moderation_port import ModerationPort
from models.ids import digest_of
from models.videos.contracts import Provided, Script
from models.videos.moderation import ModerationTask, ModerationVerdict, Objection, reason_of, texts_of

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore


class ModerationActivity:
    """Judges scripts. What was judged once is not asked again."""

    def __init__(self, ports: Iterable[ModerationPort], artifacts: ArtifactStore) -> None:
        self._ports = {port.name: port for port in ports}
        self._artifacts = artifacts

    @activity.defn
    async def moderate_script(self, task: ModerationTask) -> ModerationVerdict:
        """Whether the script may become a film; if not, the scenes and categories in words.

        Raises:
            ProviderError: the provider did not serve.
            Misconfigured: there is no such provider on this worker.
        """
        port = chosen(self._ports, task.provider, "moderation")
        script = await asyncio.to_thread(self._artifacts.read_model, task.script, Script)
        texts = texts_of(script)
        digest = digest_of("moderation", port.name, port.version, [text for _, text in texts])
        kept = await asyncio.to_thread(self._artifacts.find, "moderation", digest)
        if kept is not None:
            verdict = await asyncio.to_thread(self._artifacts.read_model, kept, ModerationVerdict)
            return verdict.model_copy(update={"provided": Provided(provider=port.name, cached=True)})
        moderated = await port.check([text for _, text in texts], task.video)
        objections = tuple(
            Objection(scene=scene, category=hit.category, phrase=hit.phrase, score=hit.score, serious=hit.serious)
            for (scene, _), hits in zip(texts, moderated.hits, strict=True)
            for hit in hits
        )
        verdict = ModerationVerdict(
            allowed=not any(objection.serious for objection in objections),
            reason=reason_of(objections),
            objections=objections,
            provided=Provided(provider=port.name, cost=moderated.cost),
        )
        await asyncio.to_thread(self._artifacts.put_model, "moderation", digest, verdict)
        return verdict
