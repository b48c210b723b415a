"""The footage step: a take for every scene, from the operator's own files, a provider, or the scene's design."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from temporalio import activity

from activities.footage.port import FootageOrder, FootagePort, FoundFootage
from models.errors import MediaError, Misconfigured
from models.ids import digest_of
from models.money import ZERO
from models.videos.contracts import (
    ArtifactRef,
    FootageMade,
    FootageTask,
    Provided,
    SceneDesign,
    Script,
    ScriptScene,
    Take,
)
from models.videos.formats import profile_of
from models.videos.palettes import palette_for
from models.videos.scene_design import VERSION, design_script, lower_third

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore

WORDS_A_SECOND = 2.5
_FILE = re.compile(r"[^\s/\\][^/\\]*\.(?:jpe?g|png|webp|bmp|tiff?|gif|avif|mp4|mov|m4v|mkv|webm|avi|mpe?g)", re.IGNORECASE)


class Facts(Protocol):
    """What a file of the operator's is."""

    @property
    def kind(self) -> Literal["clip", "still"]: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def seconds(self) -> float: ...


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
        self, store: ArtifactStore, providers: Mapping[str, FootagePort], look_at: Callable[[Path, str], Facts]
    ) -> None:  # fmt: skip
        """`providers` by the names that tasks ask for; `look_at` decodes an operator's file and tells what it is."""
        self._store = store
        self._providers = providers
        self._look_at = look_at

    @activity.defn
    async def find_footage(self, task: FootageTask) -> FootageMade:
        """Takes for the task's scenes. What was found before is not asked for again.

        Raises:
            MediaError: a scene names a file that was not given or cannot be read.
            ProviderError: the provider did not serve.
            Misconfigured: there is no such provider on this worker.
        """
        provider = self._provider(task.provider)
        film = await asyncio.to_thread(self._film, task)
        takes: list[ArtifactRef] = []
        missing: list[int] = []
        used: set[str] = set()
        cost, fresh = ZERO, False
        for index in task.scenes:
            if activity.in_activity():
                activity.heartbeat(index)
            scene = film.script.scenes[index]
            digest = _digest(film, scene, provider)
            kept = await asyncio.to_thread(self._store.find, "take", digest)
            if kept is None:
                take, paid = await self._take(film, scene, provider, used)
                cost, fresh = cost + paid, True
                kept = await asyncio.to_thread(self._store.put_model, "take", digest, take) if take else None
            if kept is None:
                missing.append(index)
                continue
            takes.append(kept)
            used.add((await asyncio.to_thread(self._store.read_model, kept, Take)).source_id)
        provided = Provided(provider=provider.name, cost=cost, cached=not fresh)
        return FootageMade(takes=tuple(takes), missing=tuple(missing), provided=provided)

    def _provider(self, name: str) -> FootagePort:
        try:
            return self._providers[name]
        except KeyError:
            raise Misconfigured(
                f"There is no provider of footage named {name!r} on this worker.",
                hint=f"It has: {', '.join(sorted(self._providers))}. A provider appears once its key is set.",
            ) from None

    def _film(self, task: FootageTask) -> _Film:
        script = self._store.read_model(task.script, Script)
        request = task.video.request
        niche = request.niche if request.niche != "general" else script.niche
        palette = palette_for(niche, str(task.video.channel_id))
        profile = profile_of(request.format, request.level)
        return _Film(task, script, design_script(script, palette), profile.width, profile.height)

    async def _take(self, film: _Film, scene: ScriptScene, provider: FootagePort, used: Set[str]) -> tuple[Take | None, Decimal]:
        """The scene's take and what it cost; None when the provider has nothing."""
        design = film.designs[scene.index]
        own = own_file(scene, film.task.video.request.media)
        if own is not None:
            return await asyncio.to_thread(self._own_take, scene, design, *own), ZERO
        order = FootageOrder(film.script, scene, design, film.width, film.height, _seconds(scene), used)
        kept = await asyncio.to_thread(self._remembered, provider, order)
        if kept is not None:
            return kept.model_copy(update={"scene": scene.index, "design": lower_third(scene, design)}), ZERO
        found = await provider.find(order)
        if found is None:
            return None, ZERO
        return await asyncio.to_thread(self._kept, provider, order, found), found.cost

    def _own_take(self, scene: ScriptScene, design: SceneDesign, name: str, ref: ArtifactRef) -> Take:
        """The operator's own file as the scene's picture."""
        facts = self._look_at(self._store.path(ref), name)
        return Take(
            scene=scene.index, kind=facts.kind, media=ref, design=lower_third(scene, design), width=facts.width,
            height=facts.height, seconds=facts.seconds, provider="operator", source_id=ref.digest,
        )  # fmt: skip

    def _remembered(self, provider: FootagePort, order: FootageOrder) -> Take | None:
        """What the provider found for the same words before, for this film or another, unless the film shows it already."""
        ref = self._store.find("footage", _search(provider, order))
        take = self._store.read_model(ref, Take) if ref else None
        return None if take is None or take.source_id in order.used else take

    def _kept(self, provider: FootagePort, order: FootageOrder, found: FoundFootage) -> Take:
        scene = order.scene
        if found.data is None:
            return Take(scene=scene.index, kind="design", design=order.design, provider=provider.name)
        if isinstance(found.data, Path):
            digest = digest_of("footage-file", provider.name, found.source_id or _search(provider, order))
            media = self._store.put_file("footage-file", digest, found.data, found.media_type)
        else:
            media = self._store.put_content("footage-file", found.data, found.media_type)
        take = Take(
            scene=scene.index, kind=found.kind, media=media, design=lower_third(scene, order.design), width=found.width,
            height=found.height, seconds=found.seconds, provider=provider.name, source_id=found.source_id, licence=found.licence,
            author=found.author, page=found.page, credit=found.credit,
        )  # fmt: skip
        self._store.put_model("footage", _search(provider, order), take)
        return take


def own_file(scene: ScriptScene, media: Mapping[str, ArtifactRef]) -> tuple[str, ArtifactRef] | None:
    """The operator's file that a scene names in its `visual`, with its name; None when it names none.

    Raises:
        MediaError: it names a file that was not given.
    """
    named = scene.visual.strip().strip("\"'`")
    given = {Path(name).name.casefold(): (name, ref) for name, ref in media.items()}
    found = given.get(Path(named).name.casefold())
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
    return digest_of("take", VERSION, source, scene, film.designs[scene.index], film.width, film.height)


def _search(provider: FootagePort, order: FootageOrder) -> str:
    return digest_of("footage", provider.name, provider.version, order.query, order.width, order.height)
