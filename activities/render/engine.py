"""The engine: a timeline in, a film out. Scenes are drawn, encoded, checked and kept one by one, then joined."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue

import cv2

from activities.artifacts import ArtifactStore
from activities.render.checks import fault_of_film
from activities.render.encode import EncoderFailed, EncoderSettings, FramePool, choose_encoder
from activities.render.join import Cancelled, encode_sound, join
from activities.render.layers.base import Studio
from activities.render.memory import give_freed_memory_back, give_large_blocks_back
from activities.render.segment_plan import plan_segments
from activities.render.segments import Drawing, Job, keep_segment, made_by
from activities.render.stack import Stack, compose
from activities.render.timeline import Timeline
from models.errors import ComponentDown
from models.videos.contracts import ArtifactRef

Soundtrack = Path | Callable[[Callable[[], bool]], Path] | None
__all__ = ["Cancelled", "Progress", "RenderedFilm", "render_film"]


@dataclass(frozen=True)
class Progress:
    """How far a render is: frames and segments done, those found in the store included."""

    segments_done: int
    segments: int
    frames_done: int
    frames: int


@dataclass(frozen=True)
class RenderedFilm:
    """A finished film. `wall` is seconds of the render; `fallback`, why the encoder is not the one asked for."""

    path: Path
    seconds: float
    segments: int
    segments_reused: int
    encoder: str
    fallback: str
    wall: float


MEMORY_FOR_TWO = 3 << 30
"""Bytes of a machine from which two segments are drawn at once: 600 MB at 1080p, beside the servers and the rest of the stack."""
MOST_THREADS = 4
"""Of each of several encoders: with more, three of them pass 1 GB at 1080p."""
SOUND_SHARE = 14
"""A film's sound takes one core a fourteenth, at most, of the time that its pictures take it with x264."""


def fitting_parallel() -> int:
    """Segments to draw at once where nobody says: two, or one for every two cores, at most three; one where there is one core or
    little memory."""
    cores = os.cpu_count() or 1
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 1 if cores < 2 or memory < MEMORY_FOR_TWO else min(max(cores // 2, 2), 3)


def fitting_threads(parallel: int) -> int:
    """x264's threads for each of so many segments drawn at once, 0 for its own choice. Two encoders of one thread fill two cores
    better than one of three, whose threads wait for each other: an eighth of the time."""
    if parallel < 2:
        return 0
    return min(max((os.cpu_count() or 1) * 3 // 2 // parallel, 1), MOST_THREADS)


def frames_left_for_sound(scenes: Sequence[int], lines: int, film: int) -> int:
    """How many of the frames of these `scenes`, in the order in which they are drawn, are still to come when the sound begins.

    So late that it fills the cores that are idle once the first of the `lines` has nothing more to draw, and so early that it ends
    with the last of them. From the beginning it would take the cores from both lines and leave one idle at the end. `film`: frames
    of the whole film, for as many of which there is sound.
    """
    ends = [0] * lines
    for frames in scenes:
        ends[ends.index(min(ends))] += frames
    alone = max(ends) - min(ends) if lines > 1 else max(ends)
    return max(alone, film * (os.cpu_count() or 1) // SOUND_SHARE - alone)


def render_film(
    timeline: Timeline,
    store: ArtifactStore,
    soundtrack: Soundtrack,
    to: Path,
    *,
    encoder: EncoderSettings | None = None,
    strict: bool = False,
    parallel: int = 1,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> RenderedFilm:
    """Render the timeline as `to` (MP4, whole or not at all). `soundtrack` is its mastered sound, None silence, or
    what makes the sound while the pictures are drawn; it is told how to ask whether to stop.

    Segments already in the store are not rendered again; those that end stay there, whatever happens after. `parallel`
    segments are drawn at once, and share the cores. A GPU encoder that does not open, or stops, gives way to libx264 for the whole
    film; a `strict` caller is told instead.

    Raises:
        EncoderFailed: libx264 stopped; with `strict`, the encoder asked for does not open here or stopped.
        Cancelled: `cancelled` said so.
        MediaError: a picture, clip or sound cannot be used.
        ComponentDown: the disk or the store is full or away.
    """
    begin = time.perf_counter()
    asked = encoder or EncoderSettings()
    choice = choose_encoder(asked.name)
    if strict and choice.fallback:
        raise EncoderFailed(choice.fallback)
    settings = replace(asked, name=choice.name)
    fallback = choice.fallback
    to.parent.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    give_large_blocks_back()
    with tempfile.TemporaryDirectory(prefix=".render-", dir=to.parent) as folder, ThreadPoolExecutor(1, "sound") as pool:
        ended, sound_due = threading.Event(), threading.Event()

        def stopped() -> bool:
            return ended.is_set() or cancelled()

        heard = pool.submit(_sound, timeline, soundtrack, Path(folder) / "sound.mp4", sound_due, stopped)
        try:
            try:
                film, segments = _drawn(timeline, store, settings, Path(folder), sound_due, parallel, progress, cancelled)
            except EncoderFailed as error:
                if strict or settings.name == "libx264":
                    raise
                fallback = f"{error}; the film was rendered by libx264"
                settings = replace(settings, name="libx264")
                film, segments = _drawn(timeline, store, settings, Path(folder), sound_due, parallel, progress, cancelled)
            part = Path(folder) / "film.mp4"
            join([store.path(ref) for ref in segments], heard.result(), part, timeline.output, cancelled=cancelled)
        except BaseException:
            ended.set()
            raise
        fault = fault_of_film(part, timeline.frames, timeline.output)
        if fault:
            raise ComponentDown(f"The joined film is wrong: {fault}.", hint="The step is tried again.")
        part.replace(to)
    wall = time.perf_counter() - begin
    return RenderedFilm(to, timeline.seconds, len(segments), film.reused, settings.name, fallback, wall)


def _drawn(
    timeline: Timeline,
    store: ArtifactStore,
    settings: EncoderSettings,
    folder: Path,
    sound_due: threading.Event,
    parallel: int,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> tuple[_Film, list[ArtifactRef]]:
    film = _Film(timeline, store, settings, folder, sound_due, progress, cancelled)
    return film, film.segments(parallel)


def _sound(timeline: Timeline, soundtrack: Soundtrack, to: Path, due: threading.Event, stopped: Callable[[], bool]) -> Path:
    """The film's sound, encoded while its last pictures are drawn."""
    while not due.wait(0.2):
        if stopped():
            raise Cancelled
    given = soundtrack(stopped) if callable(soundtrack) else soundtrack
    encode_sound(given, to, timeline.output, timeline.frames, cancelled=stopped)
    return to


class _Film:
    """One render in progress."""

    def __init__(
        self,
        timeline: Timeline,
        store: ArtifactStore,
        encoder: EncoderSettings,
        folder: Path,
        sound_due: threading.Event,
        progress: Callable[[Progress], None],
        cancelled: Callable[[], bool],
    ) -> None:
        """`sound_due` is set when it is time for the sound."""
        self._timeline, self._store, self._encoder, self._folder = timeline, store, encoder, folder
        self._progress, self._cancelled = progress, cancelled
        self._sound_due, self._left_for_sound = sound_due, 0
        self._studio = Studio(timeline.output, store.path)
        self._failed = threading.Event()
        self._lock = threading.Lock()
        self._frames_done = self._segments_done = 0
        made = made_by(encoder)
        self._jobs = [Job(place, plan, plan.digest(made)) for place, plan in enumerate(plan_segments(timeline))]
        self.reused = 0

    def segments(self, parallel: int) -> list[ArtifactRef]:
        """Every segment, rendered where the store has none."""
        kept: dict[str, ArtifactRef] = {}
        waiting: dict[str, Job] = {}
        for job in self._jobs:
            found = self._store.find("segment", job.digest)
            if found is not None:
                kept[job.digest] = found
                self.reused += 1
                self._count(job.plan.scene.frames, 1)
            else:
                waiting.setdefault(job.digest, job)
        if waiting:
            lines = min(max(parallel, 1), len(waiting))
            # A lone scene, edited or lost, has the cores to itself.
            self._encoder = replace(self._encoder, threads=self._encoder.threads or fitting_threads(lines))
            # The longest first: the lines end together.
            jobs = sorted(waiting.values(), key=lambda job: -job.plan.scene.frames) if lines > 1 else list(waiting.values())
            self._plan_sound([job.plan.scene.frames for job in jobs], lines)
            todo = _Todo(jobs)
            with ThreadPoolExecutor(lines, thread_name_prefix="compose") as pool:
                drawn = [pool.submit(self._line, todo, kept) for _ in range(lines)]
            self._studio.readers.close()
            errors = [error for line in drawn if (error := line.exception()) is not None]
            if errors:
                # One line's error stops the others, whose `Cancelled` says nothing.
                raise next((error for error in errors if not isinstance(error, Cancelled)), errors[0])
        return [kept[job.digest] for job in self._jobs]

    def _plan_sound(self, scenes: Sequence[int], lines: int) -> None:
        film = self._timeline.frames
        counted = film - self._frames_done - sum(scenes)  # scenes that are like another one count when it is kept
        # A GPU encodes so fast that the sound takes longer than the pictures.
        self._left_for_sound = counted + frames_left_for_sound(scenes, lines, film) if self._encoder.name == "libx264" else film
        self._count(0)

    def _line(self, todo: _Todo, kept: dict[str, ArtifactRef]) -> None:
        """Draw segments one after the other. The next one is prepared meanwhile, and begun while the last one is ended, checked and
        kept. Its first frames wait for that one's encoder to end, and so does what is prepared for the one after it: a line holds
        one encoder at a time, which fills its cores, and no second scene beside two of them."""
        with ThreadPoolExecutor(1, "prepare") as before, ThreadPoolExecutor(1, "finish") as after:
            ending: Future[None] | None = None
            encoded: threading.Event | None = None
            frames: FramePool = SimpleQueue()
            waiting = self._prepare(before, todo, encoded)
            try:
                while waiting is not None:
                    job, stack = waiting
                    drawing = self._drawing(job, stack.result(), encoded, frames)
                    waiting = self._prepare(before, todo, encoded)
                    try:
                        drawing.draw()
                        if ending is not None:
                            ending.result()
                    except BaseException:
                        drawing.close()
                        raise
                    ending, encoded = after.submit(self._finish, drawing, kept), drawing.encoded
                if ending is not None:
                    ending.result()
            except BaseException:
                self._failed.set()
                if waiting is not None and not waiting[1].cancel():
                    with suppress(BaseException):
                        waiting[1].result().close()
                raise

    def _prepare(self, pool: ThreadPoolExecutor, todo: _Todo, after: threading.Event | None) -> tuple[Job, Future[Stack]] | None:
        job = None if self._stopped() else todo.next()
        return None if job is None else (job, pool.submit(self._composed, job, after))

    def _composed(self, job: Job, after: threading.Event | None) -> Stack:
        if after is not None:
            after.wait()
        return compose(job.plan, self._studio)

    def _drawing(self, job: Job, stack: Stack, after: threading.Event | None, pool: FramePool) -> Drawing:
        path = self._folder / f"{job.digest}.mp4"
        return Drawing(job, stack, path, self._encoder, self._count, self._stopped, after, pool)

    def _finish(self, drawing: Drawing, kept: dict[str, ArtifactRef]) -> None:
        try:
            drawing.finish()
        finally:
            drawing.close()
            give_freed_memory_back()
        job = drawing.job
        kept[job.digest] = keep_segment(self._store, job, drawing.path)
        drawing.path.unlink()
        same = [other for other in self._jobs if other.digest == job.digest]
        self._count((len(same) - 1) * job.plan.scene.frames, len(same))

    def _stopped(self) -> bool:
        return self._failed.is_set() or self._cancelled()

    def _count(self, frames: int, segments: int = 0) -> None:
        with self._lock:
            self._frames_done += frames
            self._segments_done += segments
            now = Progress(self._segments_done, len(self._jobs), self._frames_done, self._timeline.frames)
        self._progress(now)
        if now.frames - now.frames_done <= self._left_for_sound:
            self._sound_due.set()


class _Todo:
    """Jobs, each given out once."""

    def __init__(self, jobs: list[Job]) -> None:
        self._jobs: Iterator[Job] = iter(jobs)
        self._lock = threading.Lock()

    def next(self) -> Job | None:
        """The next job, None when all are given out."""
        with self._lock:
            return next(self._jobs, None)
