"""The render step: one film from its timeline, told to Temporal second by second."""

from __future__ import annotations

import contextvars
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import CancelledError

from activities.counters import observe_render
from models.errors import ComponentDown, ProviderError
from models.ids import digest_of
from models.videos.contracts import ArtifactRef, FilmMade, RenderTask
from models.videos.finishing import RenderProgress

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore
    from activities.render.encode import EncoderName
    from activities.render.gpu import GpuSlots
    from activities.render.timeline import Timeline

SOUND = "4"
"""Raise it when the same plan gives another sound than before."""
SLOT_PATIENCE = 120.0
"""Seconds a render waits for a GPU slot before it is handed back, to be made on a CPU."""


class RenderActivity:
    """Renders films. Blocks: it runs on the worker's thread pool."""

    def __init__(
        self,
        store: ArtifactStore,
        work_dir: Path,
        *,
        encoder: EncoderName = "libx264",
        threads: int = 0,
        parallel: int = 1,
        slots: GpuSlots | None = None,
        report: Callable[[UUID, int, int], None] | None = None,
    ) -> None:
        """`work_dir` holds what is half done, on a disk with room for a film. `slots`: where a GPU's are counted. `report`
        hears, every two seconds at most, the video and its seconds done and in all; it must return at once."""
        self._store, self._work_dir = store, work_dir
        self._encoder: EncoderName = encoder
        self._threads, self._parallel = threads, parallel
        self._slots = slots
        self._report = report

    @activity.defn(no_thread_cancel_exception=True)
    def render_film(self, task: RenderTask) -> FilmMade:
        """The film of a timeline; segments that an earlier try finished are used.

        Raises:
            ProviderError: the GPU cannot take it: no slot, no encoder, or it was lost.
            MediaError: a picture, clip or sound cannot be used.
            ComponentDown: the disk or store failed, or the worker is being stopped.
        """
        with _watched(self._report, task.video.video_id) as watch:
            try:
                return self._render(task, watch)
            except watch.stopped_types() as error:
                if watch.cancelled:
                    raise CancelledError("The render was cancelled; its finished segments are kept.") from error
                raise ComponentDown(
                    "The worker was stopped during the render.", hint="Finished segments are kept; another worker goes on."
                ) from error

    def _render(self, task: RenderTask, watch: _Watch) -> FilmMade:
        from activities.render.encode import EncoderFailed, EncoderSettings
        from activities.render.engine import Progress, render_film
        from activities.render.segments import made_by
        from activities.render.timeline import Timeline

        timeline = self._store.read_model(task.timeline, Timeline)
        settings = EncoderSettings(self._encoder, self._threads)
        digest = digest_of("film", task.timeline.digest, made_by(settings), SOUND)
        rate = timeline.output.fps
        found = self._store.find("film", digest)
        if found is not None:
            count = len(timeline.scenes)
            return FilmMade(film=found, seconds=timeline.seconds, segments=count, segments_reused=count, encoder=settings.name)

        def tell(now: Progress) -> None:
            watch.progress = RenderProgress(
                segments_done=now.segments_done,
                segments=now.segments,
                seconds_done=now.frames_done / rate,
                seconds=now.frames / rate,
            )

        slot = self._slots.take(SLOT_PATIENCE, watch.stop.is_set) if self._slots is not None else nullcontext()
        self._work_dir.mkdir(parents=True, exist_ok=True)
        mine = f"render-{task.video.video_id}-"
        for left in self._work_dir.glob(f"{mine}*"):  # by an attempt that was killed; one of a video runs at a time
            shutil.rmtree(left, ignore_errors=True)
        with (
            slot,
            tempfile.TemporaryDirectory(prefix=mine, dir=self._work_dir) as folder,
        ):
            try:
                made = render_film(
                    timeline,
                    self._store,
                    lambda stopped: self._store.path(self._soundtrack(timeline, Path(folder), stopped)),
                    Path(folder) / "film.mp4",
                    encoder=settings,
                    strict=True,
                    parallel=self._parallel,
                    progress=tell,
                    cancelled=watch.stop.is_set,
                )
            except EncoderFailed as error:
                if self._encoder == "libx264":
                    raise ComponentDown(f"The film could not be encoded: {error}.", hint="The step is tried again.") from error
                raise ProviderError(f"The GPU could not render the film: {error}.", provider="gpu") from error
            film = self._store.put_file("film", digest, made.path)
        if not made.segments_reused:
            observe_render(made.seconds, made.wall, made.encoder)
        return FilmMade(
            film=film,
            seconds=made.seconds,
            segments=made.segments,
            segments_reused=made.segments_reused,
            encoder=made.encoder,
            fallback=made.fallback,
            render_seconds=round(made.wall, 3),
        )

    def _soundtrack(self, timeline: Timeline, folder: Path, stopped: Callable[[], bool]) -> ArtifactRef:
        from activities.render.segments import libraries
        from activities.render.sound import master_soundtrack

        digest = digest_of("soundtrack", SOUND, timeline.sound, timeline.frames, timeline.output.fps, libraries())
        found = self._store.find("soundtrack", digest)
        if found is not None:
            return found
        out = folder / "sound.flac"
        master_soundtrack(timeline.sound, timeline.seconds, self._store, out, cancelled=stopped)
        return self._store.put_file("soundtrack", digest, out)


class _Watch:
    """What the watching thread and the render tell each other."""

    def __init__(self, report: Callable[[UUID, int, int], None] | None, video: UUID) -> None:
        self._report, self._video = report, video
        self._reported = (0, 0)
        self.stop = threading.Event()
        self.ended = threading.Event()
        self.cancelled = False
        self.progress = RenderProgress(segments_done=0, segments=0, seconds_done=0.0, seconds=0.0)

    @staticmethod
    def stopped_types() -> tuple[type[BaseException], ...]:
        """What the engine raises when it was told to stop."""
        from activities.render.join import Cancelled
        from activities.render.sound import SoundCancelled

        return Cancelled, SoundCancelled

    def look(self) -> None:
        """Each second: a heartbeat, and whether to go on. Runs in the activity's context."""
        second = 0
        while not self.ended.wait(1.0):
            second += 1
            activity.heartbeat(self.progress)
            if second % 2 == 0:
                self._tell()
            if activity.is_cancelled() or activity.is_worker_shutdown():
                self.cancelled = self.cancelled or activity.is_cancelled()
                self.stop.set()

    def _tell(self) -> None:
        now = (int(self.progress.seconds_done), round(self.progress.seconds))
        if self._report is not None and now[1] and now != self._reported:
            self._reported = now
            self._report(self._video, *now)


@contextmanager
def _watched(report: Callable[[UUID, int, int], None] | None, video: UUID) -> Iterator[_Watch]:
    watch = _Watch(report, video)
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(watch.look,), name="render-watch", daemon=True)
    activity.heartbeat(watch.progress)
    thread.start()
    try:
        yield watch
    finally:
        watch.ended.set()
        thread.join()
