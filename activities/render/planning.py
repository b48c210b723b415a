"""The planning step: everything that a film is made from becomes its timeline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from temporalio import activity

from activities.render.bookends import bookends_of, looking
from activities.render.ingredients import Ingredients
from activities.render.timeline import CaptionPages, Timeline
from models.errors import YtempireError
from models.ids import digest_of
from models.videos.brand import UNNAMED
from models.videos.contracts import ArtifactRef, FilmPlanned, Level, PlanTask, Script, Speech, Take
from models.videos.formats import profile_of
from models.videos.media_facts import MediaFacts
from models.videos.palettes import palette_of

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore

LOGOS = ("logo.png", "logo.webp", "logo.jpg", "logo.jpeg")
"""Names under which an operator's own file is taken for the channel's logo."""
MUSIC = ("music.mp3", "music.ogg", "music.wav", "music.flac", "music.m4a")
"""Names under which an operator's own file is taken for the music bed."""


class PlanActivity:
    """Plans films. Text is measured with the machine's fonts, so it runs on a worker that has them."""

    def __init__(
        self,
        store: ArtifactStore,
        plan: Callable[[Ingredients], Timeline],
        look_at: Callable[[Path, str], MediaFacts],
        *,
        version: int,
    ) -> None:
        """`plan` makes a timeline, by rules of `version`; `look_at` decodes a file of the operator's and tells what it is."""
        self._store = store
        self._plan = plan
        self._look_at = look_at
        self._version = version

    @activity.defn
    def plan_film(self, task: PlanTask) -> FilmPlanned:
        """The timeline of a film, kept as an artifact of kind `timeline`. Runs on a thread.

        Raises:
            NotFound: something it is made from is no longer in the store.
            MediaError: the intro or outro cannot be read.
            YtempireError: takes and speech do not belong together.
        """
        request = task.video.request
        profile = profile_of(request.format, Level.ECONOMY if task.economy else request.level)
        digest = digest_of(
            "timeline", self._version, task.script, task.speech, task.takes, task.captions, str(profile), request.niche,
            task.video.channel_name, str(task.video.channel_id), request.media, task.video.brand,
        )  # fmt: skip
        found = self._store.find("timeline", digest)
        if found is not None:
            return _planned(found, self._store.read_model(found, Timeline))
        script = self._store.read_model(task.script, Script)
        speech = [self._store.read_model(ref, Speech) for ref in task.speech]
        niche = request.niche if request.niche != "general" else script.niche
        look = looking(self._look_at, self._store.path)
        parts = Ingredients(
            script=script,
            speech=speech,
            takes=[self._store.read_model(ref, Take) for ref in task.takes],
            captions=self._store.read_model(task.captions, CaptionPages),
            profile=profile,
            channel=task.video.channel_name if task.video.channel_name != UNNAMED else "",
            channel_id=str(task.video.channel_id),
            niche=niche,
            palette=palette_of(task.video, niche),
            logo=_own(request.media, LOGOS) or task.video.brand.logo,
            music=_own(request.media, MUSIC) or task.video.brand.music,
            ends=bookends_of(task.video, script, sum(one.seconds for one in speech), profile, look),
        )
        try:
            timeline = self._plan(parts)
        except ValueError as error:
            raise YtempireError(
                f"The film cannot be planned: {error}.", hint="Retry the video; its parts are made again."
            ) from error
        return _planned(self._store.put_model("timeline", digest, timeline), timeline)


def _planned(ref: ArtifactRef, timeline: Timeline) -> FilmPlanned:
    return FilmPlanned(timeline=ref, segments=len(timeline.scenes), seconds=timeline.seconds, complex=_is_heavy(timeline))


def _is_heavy(timeline: Timeline) -> bool:
    """Whether a film is better rendered on a GPU: clips in a third of its scenes, or very many layers."""
    clips = sum(layer.type == "clip" for scene in timeline.scenes for layer in scene.layers)
    layers = sum(len(scene.layers) for scene in timeline.scenes) / len(timeline.scenes)
    return clips * 3 >= len(timeline.scenes) or layers > 60


def _own(media: dict[str, ArtifactRef], names: tuple[str, ...]) -> ArtifactRef | None:
    by_name = {name.casefold(): ref for name, ref in media.items()}
    return next((by_name[name] for name in names if name in by_name), None)
