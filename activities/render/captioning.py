"""The captions step: the words of the speech to pages, SRT and WebVTT."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from temporalio import activity

from activities.render.bookends import bookends_of, lead, looking
from activities.render.captions import HORIZONTAL, VERTICAL, SpokenScene, pages_of
from activities.render.subtitles import srt_of, vtt_of
from models.ids import digest_of
from models.videos.contracts import CaptionsMade, CaptionsTask, Level, Script, Speech
from models.videos.formats import profile_of, scene_starts
from models.videos.media_facts import MediaFacts

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore

RULES_VERSION = 5
"""Raised when the rules give other pages for the same words, so that old captions are not taken for new ones."""


class CaptionsActivity:
    """Makes the captions of a film."""

    def __init__(self, store: ArtifactStore, look_at: Callable[[Path, str], MediaFacts]) -> None:
        """`look_at` decodes a file of the operator's and tells what it is."""
        self._store, self._look_at = store, look_at

    @activity.defn
    def make_captions(self, task: CaptionsTask) -> CaptionsMade:
        """Pages, SRT and WebVTT of a film whose scenes are as long as their speech. Runs on a thread.

        Raises:
            NotFound: a speech is no longer in the store.
            MediaError: the intro cannot be read.
        """
        request = task.video.request
        profile = profile_of(request.format, Level.ECONOMY if task.economy else request.level)
        speech = [self._store.read_model(ref, Speech) for ref in task.speech]
        script = self._store.read_model(task.script, Script)
        ends = bookends_of(
            task.video, script, sum(one.seconds for one in speech), profile, looking(self._look_at, self._store.path)
        )
        before = lead(ends, profile.fps)
        digest = digest_of("captions", RULES_VERSION, [ref.digest for ref in task.speech], profile.fps, profile.vertical, before)
        starts = [before / profile.fps + start for start in scene_starts((one.seconds for one in speech), profile.fps)]
        spans = pairwise(starts)
        scenes = [SpokenScene(one.words, *span, one.language) for one, span in zip(speech, spans, strict=True)]
        captions = pages_of(scenes, VERTICAL if profile.vertical else HORIZONTAL)
        return CaptionsMade(
            pages=self._store.put_model("captions", digest, captions),
            srt=self._store.put_bytes("srt", digest, srt_of(captions).encode()),
            vtt=self._store.put_bytes("vtt", digest, vtt_of(captions).encode()),
            seconds=starts[-1],
        )
