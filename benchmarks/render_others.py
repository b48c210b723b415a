"""Other ways of making the benchmark's film: FFmpeg's command line and MoviePy, where they are installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from activities.artifacts import ArtifactStore
from activities.render.timeline import Timeline

OTHERS: dict[str, Callable[[Timeline, ArtifactStore, Path], Callable[[], object]]] = {}


def missing(way: str) -> str:
    """Why a way cannot run here; empty where it can."""
    return "" if way in ("floor", "engine") or way in OTHERS else "not known"
