"""A script that was written before for the same topic in other words: better than a template while no model answers."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

from activities.script.port import Brief, Written, similar_digest
from models.errors import NotServed
from models.money import ZERO
from models.videos.contracts import ArtifactRef, Script

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore

KIND = "script-similar"
"""Artifacts that point to the first script written by a model for a set of content words."""


class StoredScripts:
    """Finds scripts of other videos. Free."""

    name = "stored"
    version = "1"
    account = "local"
    paid = False

    def __init__(self, artifacts: ArtifactStore) -> None:
        self._artifacts = artifacts

    async def estimate(self, brief: Brief) -> Decimal:
        """Nothing."""
        return ZERO

    async def write(self, brief: Brief) -> Written:
        """A kept script for the same content words, language, format and niche.

        Raises:
            NotServed: there is none.
        """
        script = await asyncio.to_thread(self._find, brief)
        if script is None:
            raise NotServed(f"No script about {brief.request.topic[:80]!r} is stored.", provider=self.name)
        request = brief.request
        return Written(
            script.model_copy(
                update={
                    "title": request.title or script.title,
                    "tags": tuple(dict.fromkeys((*request.tags, *script.tags)))[:15],
                    "voice": request.voice,
                }
            )
        )

    def _find(self, brief: Brief) -> Script | None:
        digest = similar_digest(brief.request)
        pointer = self._artifacts.find(KIND, digest) if digest else None
        if pointer is None:
            return None
        target = self._artifacts.read_model(pointer, ArtifactRef)
        found = self._artifacts.find(target.kind, target.digest)
        return self._artifacts.read_model(found, Script) if found else None
