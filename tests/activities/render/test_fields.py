"""Interlaced clips, as camcorders and television make them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from activities.render.clips import ClipReader
from activities.render.engine import render_film
from tests.activities.render.films import clip, film, new_store, put_clip, rgb_frames, waves, write_clip

WIDTH, HEIGHT = 320, 192


def bar(at: float) -> NDArray[Any]:
    """A bright bar on grey, its left edge on this column."""
    picture = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    picture[:, round(at) : round(at) + 40] = 210
    return picture


def woven(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """The rows of two pictures, in turn."""
    both = first.copy()
    both[1::2] = second[1::2]
    return both


def write_interlaced(path: Path, frames: list[NDArray[Any]], *, rate: int = 25, codec: str = "libx264") -> Path:
    """Frames whose upper field is the earlier, flagged so."""
    options = {"libx264": {"x264-params": "tff=1", "crf": "8"}, "mpeg2video": {"flags": "+ildct+ilme", "qscale": "2"}}[codec]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        if codec == "mpeg2video":
            stream.bit_rate = 8_000_000
        graph = av.filter.Graph()
        source = graph.add_buffer(width=WIDTH, height=HEIGHT, format=av.VideoFormat("rgb24"), time_base=Fraction(1, rate))
        for name, arguments in (("scale", "interl=1"), ("format", "yuv420p"), ("setfield", "tff"), ("buffersink", "")):
            last, source = source, graph.add(name, arguments) if arguments else graph.add(name)
            last.link_to(source)
        graph.configure()
        for number, rgb in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            graph.push(frame)
            made = graph.pull()
            assert isinstance(made, av.VideoFrame) and made.interlaced_frame
            container.mux(stream.encode(made))
        container.mux(stream.encode(None))
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).interlaced_frame
    return path


def moving(count: int, step: int = 8) -> list[NDArray[Any]]:
    """A bar that goes `step` columns to the right from field to field."""
    return [woven(bar(2 * number * step), bar((2 * number + 1) * step)) for number in range(count)]


def edges(y: NDArray[Any]) -> tuple[float, float]:
    """Where the bar begins, over the rows in the middle: the median and how far the rows lie apart."""
    found = [int(np.argmax(row > 130)) for row in y[40:-40]]
    return float(np.median(found)), float(max(found) - min(found))


@pytest.mark.parametrize(("codec", "suffix"), [("libx264", "mts"), ("libx264", "mp4"), ("mpeg2video", "mpg")])
def test_fields_become_whole_pictures_at_their_own_moments(tmp_path: Path, codec: str, suffix: str) -> None:
    source = write_interlaced(tmp_path / f"c.{suffix}", moving(12), codec=codec)
    reader = ClipReader(source, source.name)
    for field in range(2, 20):
        found = reader.frame_at(field / 50 + 0.002)
        assert found is not None
        at, apart = edges(found[1].y)
        assert at == pytest.approx(8 * field, abs=3), field
        assert apart <= 4, field
    assert reader.length is None or reader.length == pytest.approx(12 / 25, abs=0.05)
    reader.close()


def test_going_back_and_round_again_shows_the_same_fields(tmp_path: Path) -> None:
    source = write_interlaced(tmp_path / "c.mts", moving(12))
    timeline_store = new_store(tmp_path)
    media = put_clip(timeline_store, source)
    made = render_film(film([[clip(media)]], frames=40), timeline_store, None, tmp_path / "f.mp4")
    found = [edges(frame[..., 1])[0] for frame in rgb_frames(made.path)]
    # 12 frames of 1/25 s are 0.48 s: the film's frame n shows the moment n/30 of that.
    for number in (3, 6, 9, 12, 18, 21, 24, 27, 33, 36, 39):
        at = int((number / 30) % 0.48 / 0.02 + 0.01)
        if at > 1:
            assert found[number] == pytest.approx(8 * at, abs=6), number


def test_progressive_pictures_flagged_interlaced_stay_as_they_are(tmp_path: Path) -> None:
    coarse = np.kron(waves(WIDTH // 4, HEIGHT // 4), np.ones((4, 4, 1), np.uint8))
    pictures = [np.roll(coarse, 6 * number, 1) for number in range(8)]
    flagged = ClipReader(write_interlaced(tmp_path / "a.mp4", pictures), "a.mp4")
    plain = ClipReader(write_clip(tmp_path / "b.mp4", pictures, rate=25), "b.mp4")
    for number in range(8):
        ours, theirs = flagged.frame_at(number / 25 + 0.025), plain.frame_at(number / 25 + 0.025)
        assert ours is not None and theirs is not None
        assert np.abs(ours[1].y.astype(int) - theirs[1].y).mean() < 3
        assert np.abs(np.diff(ours[1].y.astype(int), axis=0)).mean() > 0.9 * np.abs(np.diff(theirs[1].y.astype(int), axis=0)).mean()


def test_what_stands_still_in_an_interlaced_clip_keeps_all_rows(tmp_path: Path) -> None:
    def picture(at: int) -> NDArray[Any]:
        fine = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
        fine[10:30:2, :100] = 200
        fine[100:180, at : at + 40] = 210
        return fine

    frames = [woven(picture(100 + 16 * number), picture(108 + 16 * number)) for number in range(8)]
    reader = ClipReader(write_interlaced(tmp_path / "c.mp4", frames), "c.mp4")
    found = reader.frame_at(4 / 25 + 0.001)
    assert found is not None
    rows = found[1].y[12:28, 20:80].astype(int).mean(1)
    assert np.abs(np.diff(rows)).min() > 80
