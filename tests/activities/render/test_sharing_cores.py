"""How the cores are shared: by lines that draw scenes at once, their encoders, and the film's sound."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from activities.render.encode import EncoderSettings
from activities.render.engine import (
    Cancelled,
    Progress,
    fitting_parallel,
    fitting_threads,
    frames_left_for_sound,
    render_film,
)
from activities.render.timeline import Timeline
from tests.activities.render.films import film, frame_digests, moving, new_store


def _four_scenes() -> Timeline:
    """Of twenty frames each, no two alike."""
    return film([[moving(place)] for place in range(4)], frames=20)


@pytest.mark.parametrize(
    ("cores", "gigabytes", "segments", "threads"),
    [(None, 8, 1, 0), (1, 8, 1, 0), (2, 8, 2, 1), (2, 2, 1, 0), (3, 8, 2, 2), (4, 8, 2, 3), (8, 8, 3, 4), (64, 8, 3, 4)],
)
def test_segments_drawn_at_once_share_the_cores_as_far_as_memory_goes(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, gigabytes: int, segments: int, threads: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    monkeypatch.setattr("os.sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": gigabytes * 2**30 // 4096}.__getitem__)
    assert fitting_parallel() == segments
    assert fitting_threads(segments) == threads


def test_segments_drawn_at_once_share_the_cores_and_a_lone_one_has_them_to_itself(tmp_path: Path) -> None:
    timeline, store, kept = _four_scenes(), new_store(tmp_path), tmp_path / "store" / "segment"
    render_film(timeline, store, None, tmp_path / "f.mp4", parallel=2)
    files = [path for path in kept.rglob("*") if path.is_file()]
    assert [_threads(path) for path in files] == [fitting_threads(2)] * 4
    files[0].unlink()
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    made = render_film(timeline, new_store(tmp_path), None, tmp_path / "f.mp4", parallel=2)
    assert made.segments_reused == 3
    assert _threads(files[0]) == EncoderSettings().thread_count()
    assert len(frame_digests(made.path)) == 80


def _threads(path: Path) -> int:
    """x264 writes its parameters into the first picture of each file."""
    (threads,) = re.findall(rb" threads=(\d+) ", path.read_bytes())
    return int(threads)


@pytest.mark.parametrize(
    ("scenes", "lines", "film", "left"),
    [
        ((100,), 1, 100, 100),
        ((70, 70), 2, 140, 20),
        ((50, 40, 40), 2, 130, 30),
        ((50, 50, 40), 2, 140, 40),
        ((50, 45, 40), 2, 140, 35),
        ((50, 50, 44), 2, 1400, 156),
    ],
)
def test_the_sound_comes_when_the_first_line_has_nothing_more_to_draw(
    monkeypatch: pytest.MonkeyPatch, scenes: tuple[int, ...], lines: int, film: int, left: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert frames_left_for_sound(scenes, lines, film) == left


@pytest.mark.parametrize(("cores", "parallel", "left"), [(2, 2, 11), (2, 1, 80), (64, 2, 80)])
def test_the_sound_is_made_beside_the_last_pictures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cores: int, parallel: int, left: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    told: list[Progress] = []
    begun: list[int] = []

    def sound(_: Callable[[], bool]) -> Path:
        begun.append(max(now.frames_done for now in told))
        raise LookupError("heard")

    with pytest.raises(LookupError, match="heard"):
        render_film(_four_scenes(), new_store(tmp_path), sound, tmp_path / "f.mp4", parallel=parallel, progress=told.append)
    assert begun[0] >= 80 - left


def test_a_stopped_render_begins_no_sound(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    begun: list[bool] = []

    def sound(_: Callable[[], bool]) -> Path:
        begun.append(True)
        raise LookupError("heard")

    seen: list[Progress] = []
    with pytest.raises(Cancelled):
        render_film(
            _four_scenes(), new_store(tmp_path), sound, tmp_path / "f.mp4",
            parallel=2, progress=seen.append, cancelled=lambda: bool(seen) and seen[-1].frames_done > 10,
        )  # fmt: skip
    assert not begun
