"""Moderation of texts by our own rules, which always serve."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from activities.quality.moderation_port import Hit, Moderated
from activities.quality.rules import safety_findings
from models.videos.contracts import VideoInput


class RulesModeration:
    """The provider `rules`: plain cases in a few languages, and personal data. It needs nothing and always serves."""

    name = "rules"
    version = "1"

    async def check(self, texts: Sequence[str], video: VideoInput) -> Moderated:
        """What the rules find; only some of it is serious."""
        return await asyncio.to_thread(self._checked, texts)

    @staticmethod
    def _checked(texts: Sequence[str]) -> Moderated:
        found = [[Hit(one.category, one.phrase, 1.0, one.serious) for one in safety_findings(text)] for text in texts]
        return Moderated(tuple(tuple(hits) for hits in found))
