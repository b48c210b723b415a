"""The footage step: a take for every scene, from the operator's own files, a provider, or the scene's design."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from temporalio import activity

from activities.chosen import chosen
from activities.counters import count_reuse
from activities.footage.port import FILMED, FootageOrder, FootagePort, FoundFootage
from activities.heartbeat import beating
from models.errors import BadOutput, MediaError, OverBudget, ProviderError, Refused
from models.ids import digest_of
from models.money import ZERO
from models.videos.contracts import (
    ArtifactRef,
    Contract,
    FootageMade,
    FootageTask,
    Provided,
    SceneDesign,
    Script,
    ScriptScene,
    Take,
    VideoInput,
)
from models.videos.formats import PROFILES
from models.videos.media_facts import MediaFacts
from models.videos.palettes import palette_of
from models.videos.scene_design import VERSION, design_script, lower_third
from models.videos.topics import composed

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore

WORDS_A_SECOND = 2.5
_FILE = re.compile(
    r"[^\s/\\][^/\\]*\.(?:jpe?g|png|webp|bmp|tiff?|gif|avif|mp4|mov|m4v|mkv|webm|avi|mpe?g|wmv|3gp|m2?ts)", re.IGNORECASE
)
LOOKS = 3
"""Raised when the same file shall have another focus, or the same scene another take: takes that were kept are looked at again."""
LONG_WAIT = timedelta(minutes=10)
"""A provider that asks for more is not waited for: the scenes go to the next one."""


class Uses(Protocol):
    """Which clip which scene shows, over all videos of a channel."""

    async def of_scene(self, video: VideoInput, scene: int, provider: str) -> str | None:
        """What the scene shows already."""
        ...

    async def taken(self, video: VideoInput, scene: int, provider: str) -> frozenset[str]:
        """What the scene may not show."""
        ...

    async def claim(
        self, video: VideoInput, scene: int, provider: str, source_id: str, *, subject: str, remake: bool = False
    ) -> bool:
        """Take a clip for the scene; with `remake` also what the same scene of another video shows."""
        ...


class FootageProgress(Contract):
    """Heartbeat of the footage step."""

    scenes_done: int
    scenes: int


@dataclass(frozen=True)
class _Film:
    """What is the same for all scenes of a task."""

    task: FootageTask
    script: Script
    designs: tuple[SceneDesign, ...]
    width: int
    height: int


class FootageActivity:
    """Finds takes. Async: providers are asked over the network; the store and decoding work on threads."""

    def __init__(
        self,
        store: ArtifactStore,
        providers: Mapping[str, FootagePort],
        look_at: Callable[[Path, str], MediaFacts],
        uses: Uses | None = None,
    ) -> None:
        """`providers` by the names that tasks ask for; `look_at` decodes an operator's file and tells what it is.

        `uses` remembers what a channel shows; without it only the scenes of one task share nothing.
        """
        self._store = store
        self._providers = providers
        self._look_at = look_at
        self._uses = uses

    @activity.defn
    async def find_footage(self, task: FootageTask) -> FootageMade:
        """Takes for the task's scenes. What was found before is not asked for again.

        A scene whose answer is refused or cannot be used goes to the next provider with the reason; so do the scenes that are left
        when the provider fails for good, or can no longer be paid, after it served some.

        Raises:
            MediaError: a scene names a file that was not given or cannot be read.
            ProviderError: the provider served no scene.
            OverBudget: a cap would be passed, and nothing was served before.
            Misconfigured: there is no such provider on this worker.
        """
        provider = chosen(self._providers, task.provider, "footage")
        film = await asyncio.to_thread(self._film, task)
        takes: dict[int, ArtifactRef] = {}
        reasons: dict[str, ProviderError | OverBudget] = {}
        nothing: list[int] = []
        used: set[str] = set()
        cost, fresh = ZERO, False
        async with beating(lambda: FootageProgress(scenes_done=len(takes) + len(reasons), scenes=len(task.scenes))):
            for index in task.scenes:
                try:
                    kept, source, paid = await self._scene(film, film.script.scenes[index], provider, used)
                except (Refused, BadOutput) as error:
                    reasons[f"{provider.name} (scene {index + 1}): {error.what}"] = error
                    continue
                except (ProviderError, OverBudget) as error:
                    if not takes or not _for_good(error):
                        raise
                    reasons[f"{provider.name} (from scene {index + 1}): {error.what}"] = error
                    break
                cost, fresh = cost + (paid or ZERO), fresh or paid is not None
                if kept is None:
                    nothing.append(index)
                else:
                    takes[index] = kept
                    used.add(source)
        unusable = next((error for error in reasons.values() if not isinstance(error, Refused)), None)
        if unusable is not None and not takes:
            raise unusable
        lacking = [f"{index + 1}" for index in nothing if film.designs[index].kind in FILMED]
        passed_over = [*reasons, *([f"{provider.name} (scene {', '.join(lacking)}): it has nothing that fits"] if lacking else [])]
        return FootageMade(
            takes=tuple(takes.values()),
            missing=tuple(index for index in task.scenes if index not in takes),
            provided=Provided(provider=provider.name, cost=cost, cached=not fresh, passed_over=tuple(passed_over)),
        )

    def _film(self, task: FootageTask) -> _Film:
        script = self._store.read_model(task.script, Script)
        request = task.video.request
        niche = request.niche if request.niche != "general" else script.niche
        palette = palette_of(task.video, niche)
        # The format's own size: a film that turns to the economy way on its way keeps the clips it has.
        profile = PROFILES[request.format]
        return _Film(task, script, design_script(script, palette), profile.width, profile.height)

    async def _scene(
        self, film: _Film, scene: ScriptScene, provider: FootagePort, used: Set[str]
    ) -> tuple[ArtifactRef | None, str, Decimal | None]:
        """The scene's take (None: the provider has nothing), what it shows, and what it cost now (None: it was there already)."""
        subject = _digest(film, scene, provider)
        shown = await self._shown(film, scene, provider)
        for digest in (subject, digest_of(subject, shown)) if shown else (subject,):
            kept = await asyncio.to_thread(self._store.find, "take", digest)
            take = await asyncio.to_thread(self._whole, kept) if kept else None
            if kept is None or take is None:
                continue
            if not take.source_id or take.provider != provider.name or self._uses is None or take.source_id == shown:
                return kept, take.source_id, None
        made, paid = await self._take(film, scene, provider, used)
        if made is None:
            return None, "", ZERO
        digest = digest_of(subject, made.source_id) if made.source_id and self._uses and made.provider != "operator" else subject
        return await asyncio.to_thread(self._store.put_model, "take", digest, made), made.source_id, paid

    async def _shown(self, film: _Film, scene: ScriptScene, provider: FootagePort) -> str | None:
        """What the scene shows already, from an earlier try."""
        if self._uses is None:
            return None
        return await self._uses.of_scene(film.task.video, scene.index, provider.name)

    async def _take(self, film: _Film, scene: ScriptScene, provider: FootagePort, used: Set[str]) -> tuple[Take | None, Decimal]:
        """The scene's take and what it cost; None when the provider has nothing."""
        design = film.designs[scene.index]
        own = own_file(scene, film.task.video.request.media)
        if own is not None:
            return await asyncio.to_thread(self._own_take, scene, design, *own), ZERO
        order = await self._order(film, scene, design, provider, used)
        before = await asyncio.to_thread(self._remembered, provider, order) if design.kind in FILMED else None
        again = before.model_copy(update={"scene": scene.index, "design": lower_third(scene, design)}) if before else None
        reused = provider.paid or self._uses is None
        if again is not None and reused and await self._claim(film, scene, provider, order, again.source_id, remake=True):
            count_reuse("footage", hit=True)
            return again, ZERO
        found = await provider.find(order)
        count_reuse("footage", hit=False)
        if found is not None:
            return await asyncio.to_thread(self._kept, provider, order, found), found.cost
        # Nothing new: the same scene made again may look the same, before it costs money elsewhere.
        if again is not None and await self._claim(film, scene, provider, order, again.source_id, remake=True):
            return again, ZERO
        return None, ZERO

    async def _order(
        self, film: _Film, scene: ScriptScene, design: SceneDesign, provider: FootagePort, used: Set[str]
    ) -> FootageOrder:
        video = film.task.video
        taken = used if self._uses is None else used | await self._uses.taken(video, scene.index, provider.name)
        plain = FootageOrder(film.script, scene, design, film.width, film.height, _seconds(scene), taken, video=video)

        async def claim(source_id: str) -> bool:
            return await self._claim(film, scene, provider, plain, source_id)

        return replace(plain, claim=claim)

    async def _claim(
        self, film: _Film, scene: ScriptScene, provider: FootagePort, order: FootageOrder, source_id: str, *, remake: bool = False
    ) -> bool:
        if self._uses is None or not source_id:
            return source_id not in order.used
        video, subject = film.task.video, _search(provider, order)
        return await self._uses.claim(video, scene.index, provider.name, source_id, subject=subject, remake=remake)

    def _own_take(self, scene: ScriptScene, design: SceneDesign, name: str, ref: ArtifactRef) -> Take:
        """The operator's own file as the scene's picture."""
        facts = self._look_at(self._store.path(ref), name)
        return Take(
            scene=scene.index, kind=facts.kind, media=ref, design=lower_third(scene, design), width=facts.width,
            height=facts.height, seconds=facts.seconds, focus_x=facts.focus[0], focus_y=facts.focus[1], face=facts.face,
            looks=LOOKS, see_through=facts.see_through, provider="operator", source_id=ref.digest,
        )  # fmt: skip

    def _remembered(self, provider: FootagePort, order: FootageOrder) -> Take | None:
        """What the provider found for the same words before, for this film or another."""
        ref = self._store.find("footage", _search(provider, order))
        take = self._whole(ref) if ref else None
        if take is None or take.media is None or take.looks == LOOKS:
            return take
        return take.model_copy(update=self._focus(take.media, take.source_id, take.kind))

    def _whole(self, ref: ArtifactRef) -> Take | None:
        """The take, unless its clip or picture is no longer there: retention deletes what nobody used for long."""
        take = self._store.read_model(ref, Take)
        return take if take.media is None or self._store.find(take.media.kind, take.media.digest) else None

    def _kept(self, provider: FootagePort, order: FootageOrder, found: FoundFootage) -> Take:
        scene = order.scene
        if found.data is None and found.media is None:
            return Take(scene=scene.index, kind="design", design=order.design, provider=provider.name)
        if found.media is not None:
            media = found.media
        elif isinstance(found.data, Path):
            digest = digest_of("footage-file", provider.name, found.source_id or _search(provider, order))
            media = self._store.put_file("footage-file", digest, found.data, found.media_type)
        else:
            media = self._store.put_content("footage-file", found.data or b"", found.media_type)
        focus = self._focus(media, found.source_id, found.kind)
        take = Take(
            scene=scene.index, kind=found.kind, media=media, design=lower_third(scene, order.design), width=found.width,
            height=found.height, seconds=found.seconds, provider=provider.name, source_id=found.source_id,
            licence=found.licence, author=found.author, page=found.page, credit=found.credit, **focus,
        )  # fmt: skip
        self._store.put_model("footage", _search(provider, order), take)
        return take

    def _focus(self, media: ArtifactRef, source_id: str, kind: str) -> dict[str, Any]:
        """Where what matters lies in a provider's picture; its middle where the file cannot be looked at like that."""
        try:
            facts = self._look_at(self._store.path(media), f"{source_id}.{'mp4' if kind == 'clip' else 'jpg'}")
        except MediaError:
            facts = MediaFacts("still", 0, 0)
        return {"focus_x": facts.focus[0], "focus_y": facts.focus[1], "face": facts.face, "looks": LOOKS}


def _for_good(error: ProviderError | OverBudget) -> bool:
    """Whether trying the provider again is over, by the error's own count and wait."""
    if isinstance(error, OverBudget):
        return True
    waits = error.retry_after is not None and error.retry_after > LONG_WAIT
    return waits or not activity.in_activity() or activity.info().attempt >= error.attempts


def own_file(scene: ScriptScene, media: Mapping[str, ArtifactRef]) -> tuple[str, ArtifactRef] | None:
    """The operator's file that a scene names in its `visual`, with its name; None when it names none.

    Raises:
        MediaError: it names a file that was not given.
    """
    named = scene.visual.strip().strip("\"'`")
    given = {composed(Path(name).name).casefold(): (name, ref) for name, ref in media.items()}
    found = given.get(composed(Path(named).name).casefold())
    if found is not None:
        return found
    if _FILE.fullmatch(named):
        have = f"Given were: {', '.join(sorted(media))}." if media else "No files were given."
        raise MediaError(
            f"Scene {scene.index + 1} wants {named}, which is not among the files given.",
            hint=f"{have} Put it into the media folder, or describe the picture in words.",
            field="media",
        )
    return None


def _seconds(scene: ScriptScene) -> float:
    """About how long a scene will last; scripts without spaces are counted by characters."""
    words = max(len(scene.narration.split()), len(scene.narration) / 6)
    return max(3.0, words / WORDS_A_SECOND + scene.pause_after)


def _digest(film: _Film, scene: ScriptScene, provider: FootagePort) -> str:
    media = film.task.video.request.media
    named = own_file(scene, media)
    source = named[1].digest if named else [provider.name, provider.version]
    return digest_of("take", VERSION, LOOKS, source, scene, film.designs[scene.index], film.width, film.height)


def _search(provider: FootagePort, order: FootageOrder) -> str:
    """What the answer depends on: what a scene wants to see, else its heading or narration as part of its film."""
    script, scene = order.script, order.scene
    film = () if scene.visual else (script.title, script.tags, script.niche, script.language, scene.language, scene.narration)
    return digest_of("footage", provider.name, provider.version, order.query, order.width, order.height, *film)
