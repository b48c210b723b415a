"""A script that a channel was written before for the same topic in other words: better than a template while no model answers."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

from activities.script.port import Brief, Written, similar_digest
from models.errors import NotServed
from models.money import ZERO
from models.videos.contracts import Script

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore

KIND = "script-similar"
"""The first script that a model wrote for a topic's words, without the tags of who asked for it."""


class StoredScripts:
    """Finds scripts of other videos. Free."""

    name = "stored"
    version = "2"
    account = "local"
    paid = False

    def __init__(self, artifacts: ArtifactStore) -> None:
        self._artifacts = artifacts

    async def estimate(self, brief: Brief) -> Decimal:
        """Nothing."""
        return ZERO

    async def write(self, brief: Brief) -> Written:
        """A kept script for the same content words, language, format, niche, length, title and channel.

        Raises:
            NotServed: there is none.
        """
        script = await asyncio.to_thread(self._find, brief)
        if script is None:
            raise NotServed(f"No script about {brief.request.topic[:80]!r} is stored.", provider=self.name)
        request = brief.request
        tags = tuple(dict.fromkeys((*request.tags, *script.tags)))[:15]
        return Written(script.model_copy(update={"tags": tags, "voice": request.voice}))

    def _find(self, brief: Brief) -> Script | None:
        digest = similar_digest(brief)
        found = self._artifacts.find(KIND, digest) if digest else None
        return self._artifacts.read_model(found, Script) if found else None
