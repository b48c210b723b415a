"""Segments: each scene rendered once, checked, and kept in the artifact store by the digest of its plan."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np
import skia

from activities.artifacts import ArtifactStore
from activities.render.checks import fault_of_segment
from activities.render.encode import EncoderSettings, EncoderThread, FramePool, TooRich
from activities.render.join import Cancelled
from activities.render.planes import Planes
from activities.render.segment_plan import SegmentPlan
from activities.render.stack import Stack
from models.errors import ComponentDown
from models.videos.contracts import ArtifactRef

ENGINE = "9"
"""Raise it when the same plan gives other pictures than before."""


@lru_cache(maxsize=1)
def libraries() -> dict[str, str]:
    """What draws and encodes, by version."""
    codecs = ".".join(str(part) for part in av.library_versions["libavcodec"])
    return {
        "engine": ENGINE,
        "av": av.__version__,
        "libavcodec": codecs,
        "cv2": cv2.__version__,
        "skia": skia.__version__,
        "numpy": np.__version__,
    }


def made_by(encoder: EncoderSettings) -> dict[str, str]:
    """What a segment's digest holds beside its plan. Threads are no part: they move no bit that matters between two joins."""
    return {**libraries(), "encoder": encoder.name}


@dataclass
class Job:
    """A segment to make: its place in the film, plan and address."""

    place: int
    plan: SegmentPlan
    digest: str


class Drawing:
    """A segment on its way into a file. `draw` hands every frame to the encoder, `finish` waits for it to end, so that the
    next segment may be drawn meanwhile. Pictures too rich for the format's rate are drawn again, coarser.
    """

    def __init__(
        self,
        job: Job,
        stack: Stack,
        path: Path,
        settings: EncoderSettings,
        count: Callable[[int], None],
        cancelled: Callable[[], bool],
        after: threading.Event | None = None,
        pool: FramePool | None = None,
    ) -> None:
        """`count` hears of frames done (negative: they are done again). Its encoder begins `after` another one has ended: two of
        them would hold twice the memory, and one fills the cores; it takes over the frames of that one's `pool`."""
        self.job, self.path = job, path
        self.encoded = threading.Event()
        """Set when its encoder has ended, well or not."""
        self._after, self._pool = after, pool
        self._stack, self._settings = stack, settings
        self._count, self._cancelled = count, cancelled
        self._counted = 0
        self._encoder: EncoderThread | None = None

    def draw(self) -> None:
        """Paint every frame of the plan. A frame that equals the one before is not painted again.

        Raises:
            Cancelled: told to stop.
            EncoderFailed, ComponentDown: see `EncoderThread.put`.
        """
        while True:
            encoder = self._encoder = EncoderThread(self.path, self._settings, self.job.plan.output, self._after, self._pool)
            try:
                self._paint(encoder)
                # What follows may go on with this scene's clips where they are.
                return self._stack.close()
            except TooRich as error:
                self._coarser(error)

    def finish(self) -> None:
        """The file is whole. Raises as `draw`."""
        while self._encoder is not None:
            try:
                self._encoder.finish()
                self._encoder = None
                self.encoded.set()
            except TooRich as error:
                self._coarser(error)
                self.draw()

    def close(self) -> None:
        """Let go of everything; a file that is not finished is good for nothing."""
        if self._encoder is not None:
            self._encoder.abandon()
        self.encoded.set()
        self._stack.close()

    def _coarser(self, error: TooRich) -> None:
        assert self._encoder is not None
        self._encoder.abandon()
        self._settings = replace(self._settings, crf=error.crf)
        self._count(-self._counted)
        self._counted = 0

    def _paint(self, encoder: EncoderThread) -> None:
        fps = self.job.plan.output.fps
        shown: Planes | None = None
        last: object = None
        for number in range(self.job.plan.scene.frames):
            if self._cancelled():
                raise Cancelled
            t = number / fps
            state = self._stack.state(t)
            if shown is None or state != last:
                fresh = encoder.blank()
                self._stack.paint(fresh, t)
                if shown is not None:
                    encoder.release(shown)
                shown, last = fresh, state
            encoder.put(shown)
            self._counted += 1
            self._count(1)
        if shown is not None:
            encoder.release(shown)


def keep_segment(store: ArtifactStore, job: Job, path: Path) -> ArtifactRef:
    """Check the finished file and keep it.

    Raises:
        ComponentDown: it is not what was planned, or the store is full or away.
    """
    fault = fault_of_segment(path, job.plan.scene.frames, job.plan.output)
    if fault:
        raise ComponentDown(f"Segment {job.place} came out wrong: {fault}.", hint="The render begins again with this segment.")
    return store.put_file("segment", job.digest, path)
