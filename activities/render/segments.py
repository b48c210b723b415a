"""Segments: each scene rendered once, checked, and kept in the artifact store by the digest of its plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np
import skia

from activities.artifacts import ArtifactStore
from activities.render.checks import fault_of_segment
from activities.render.encode import EncoderSettings, EncoderThread
from activities.render.join import Cancelled
from activities.render.planes import Planes
from activities.render.segment_plan import SegmentPlan
from activities.render.stack import Stack
from models.errors import ComponentDown
from models.videos.contracts import ArtifactRef

ENGINE = "1"
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


def draw_segment(
    stack: Stack,
    plan: SegmentPlan,
    encoder: EncoderThread,
    *,
    frame_done: Callable[[], None],
    cancelled: Callable[[], bool],
) -> None:
    """Paint every frame of the plan into the encoder. A frame that equals the one before is not painted again.

    Raises:
        Cancelled: told to stop.
    """
    fps = plan.output.fps
    shown: Planes | None = None
    last: object = object()
    for number in range(plan.scene.frames):
        if cancelled():
            raise Cancelled
        t = number / fps
        state = stack.state(t)
        if shown is None or state != last:
            fresh = encoder.blank()
            stack.paint(fresh, t)
            if shown is not None:
                encoder.release(shown)
            shown, last = fresh, state
        encoder.put(shown)
        frame_done()


def keep_segment(store: ArtifactStore, job: Job, path: Path) -> ArtifactRef:
    """Check the finished file and keep it.

    Raises:
        ComponentDown: it is not what was planned, or the store is full or away.
    """
    fault = fault_of_segment(path, job.plan.scene.frames, job.plan.output)
    if fault:
        raise ComponentDown(f"Segment {job.place} came out wrong: {fault}.", hint="The render begins again with this segment.")
    return store.put_file("segment", job.digest, path)
