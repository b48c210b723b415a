"""Pictures that move, and clips of unusual shape, start and make."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from activities.footage.media import look_at
from activities.render.clips import ClipReader
from activities.render.engine import render_film
from models.errors import MediaError
from tests.activities.render.films import clip, film, flat, new_store, put_clip, rgb_frames, write_clip
from tests.activities.render.test_fields import moving, write_interlaced

DURATIONS = [100, 50, 350, 50, 350, 100]
"""Milliseconds of six frames: 1 s."""


def stickers(clear: bool = True, count: int = 6) -> list[Image.Image]:
    """A disc that becomes redder, on nothing or on black."""
    y, x = np.mgrid[0:96, 0:96]
    found = []
    for number in range(count):
        rgba = np.zeros((96, 96, 4), np.uint8)
        rgba[np.hypot(x - 47.5, y - 47.5) < 40] = (20 + 40 * number, 90, 60, 255)
        if not clear:
            rgba[..., 3] = 255
        found.append(Image.fromarray(rgba))
    return found


def write_animation(path: Path, kind: str, *, clear: bool = True) -> Path:
    """Six frames of different durations."""
    first, *others = stickers(clear)
    more: dict[str, Any] = {"WEBP": {"lossless": True}, "AVIF": {"quality": 95}, "GIF": {"disposal": 2}, "PNG": {"disposal": 1}}[
        kind
    ]
    first.save(path, kind, save_all=True, append_images=others, duration=DURATIONS, loop=0, **more)
    return path


def reds(path: Path) -> list[int]:
    """Which of the frames each frame of a film shows, by the red in its middle."""
    return [round((float(frame[90, 160, 0]) - 20) / 40) for frame in rgb_frames(path)]


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "PNG", "GIF"])
@pytest.mark.parametrize("clear", [True, False], ids=["see-through", "solid"])
def test_an_animated_picture_moves_by_its_own_durations_and_begins_again(tmp_path: Path, kind: str, clear: bool) -> None:
    source = write_animation(tmp_path / "sticker", kind, clear=clear)
    facts = look_at(source, "sticker.x")
    assert facts.kind == "clip" and facts.seconds == pytest.approx(1.0, abs=0.02) and facts.see_through is clear
    store = new_store(tmp_path)
    layers = [flat("#204080"), clip(put_clip(store, source), fit="contain")]
    made = render_film(film([layers], frames=45), store, None, tmp_path / "f.mp4")
    ends = np.cumsum(DURATIONS) / 1000
    assert reds(made.path) == [int(np.searchsorted(ends, n / 30 % 1 + 1e-6, side="right")) for n in range(45)]
    corner = rgb_frames(made.path)[20][20, 90].astype(int)
    assert np.abs(corner - ((0x20, 0x40, 0x80) if clear else (0, 0, 0))).max() <= 12


def test_a_sticker_is_shown_whole_on_its_ground_with_soft_edges(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    layers = [flat("#204080"), clip(put_clip(store, write_animation(tmp_path / "x", "WEBP")), fit="contain")]
    shown = rgb_frames(render_film(film([layers], frames=2), store, None, tmp_path / "f.mp4").path)[0].astype(int)
    ground = np.abs(shown - (0x20, 0x40, 0x80)).max(-1) <= 8
    assert ground[:10].all() and ground[-10:].all() and ground[:, :60].all() and ground[:, -60:].all()
    rows = np.flatnonzero(~ground[:, 160])
    assert rows[-1] - rows[0] == pytest.approx(80 / 96 * 0.84 * 180, abs=7)
    # Nothing darker than both the disc and the ground lies between them: what is see-through has no colour of its own.
    assert shown.max(-1).min() > 70


def test_an_animation_that_breaks_off_is_named(tmp_path: Path) -> None:
    whole = write_animation(tmp_path / "x", "WEBP").read_bytes()
    (tmp_path / "y").write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(MediaError, match=r"wave\.webp"):
        look_at(tmp_path / "y", "wave.webp")
        reader = ClipReader(tmp_path / "y", "wave.webp")
        for number in range(40):
            reader.frame_at(number / 30)


def write_clear(path: Path, codec: str, pix_fmt: str) -> Path:
    """A clip, its upper half see-through over red that must not be seen, its lower half green."""
    rgba = np.zeros((96, 160, 4), np.uint8)
    rgba[:48], rgba[48:] = (250, 0, 0, 0), (30, 180, 60, 255)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = 160, 96, pix_fmt
        stream.codec_context.color_range, stream.codec_context.colorspace = 1, 1
        if codec == "libvpx-vp9":
            stream.metadata["alpha_mode"] = "1"
            stream.codec_context.bit_rate = 2_000_000
        for number in range(6):
            frame = av.VideoFrame.from_ndarray(rgba, format="rgba").reformat(
                format=pix_fmt, dst_colorspace="ITU709", dst_color_range="MPEG"
            )
            frame.pts, frame.time_base = number, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "suffix"),
    [("libvpx-vp9", "yuva420p", "webm"), ("prores_ks", "yuva444p10le", "mov"), ("qtrle", "argb", "mov")],
)
def test_a_clip_with_alpha_is_seen_through(tmp_path: Path, codec: str, pix_fmt: str, suffix: str) -> None:
    source = write_clear(tmp_path / f"c.{suffix}", codec, pix_fmt)
    assert look_at(source, f"c.{suffix}").see_through
    store = new_store(tmp_path)
    media = put_clip(store, source)
    whole = film([[flat("#204080"), clip(media, fit="contain")]], frames=4)
    shown = rgb_frames(render_film(whole, store, None, tmp_path / "a.mp4").path)[2].astype(int)
    assert np.abs(shown[50, 160] - (0x20, 0x40, 0x80)).max() <= 8 and np.abs(shown[130, 160] - (30, 180, 60)).max() <= 8
    covering = rgb_frames(render_film(film([[clip(media)]], frames=4), store, None, tmp_path / "b.mp4").path)[2].astype(int)
    assert covering[40, 160].max() <= 8 and np.abs(covering[140, 160] - (30, 180, 60)).max() <= 8


def ball(width: int = 160, height: int = 90, wide: float = 20.0) -> NDArray[np.uint8]:
    """A bright ellipse in the middle, `wide` columns and 20 rows from its centre."""
    y, x = np.mgrid[0:height, 0:width]
    picture = np.full((height, width, 3), 40, np.uint8)
    picture[((x - width / 2 + 0.5) / wide) ** 2 + ((y - height / 2 + 0.5) / 20) ** 2 < 1] = 220
    return picture


def _roundness(frame: NDArray[Any]) -> float:
    bright = frame[..., 1] > 130
    return float(np.ptp(np.flatnonzero(bright.any(0))) / np.ptp(np.flatnonzero(bright.any(1))))


@pytest.mark.parametrize("turned", [False, True], ids=["upright", "on its side"])
def test_pixels_that_are_not_square_are_widened_as_the_picture_is_seen(tmp_path: Path, turned: bool) -> None:
    """DV and HDV store fewer columns than they show; the file's aspect is of the picture before it is turned."""
    path = tmp_path / "c.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"crf": "8"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(3, 2)
        if turned:
            stream.set_display_rotation(90)
        for number in range(4):
            frame = av.VideoFrame.from_ndarray(ball(wide=20 / 1.5), format="rgb24").reformat(
                format="yuv420p", dst_colorspace="ITU709"
            )
            frame.pts, frame.time_base = number, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    facts = look_at(path, "c.mp4")
    assert (facts.width, facts.height) == ((90, 240) if turned else (240, 90))
    store = new_store(tmp_path)
    for fit in ("cover", "contain"):
        layers = [flat("#000000"), clip(put_clip(store, path), fit=fit)]
        shown = rgb_frames(render_film(film([layers], frames=2), store, None, tmp_path / f"{fit}.mp4").path)[1]
        assert _roundness(shown) == pytest.approx(1.0, abs=0.08), fit


def test_odd_sides_are_read(tmp_path: Path) -> None:
    picture = np.full((91, 161, 3), (30, 160, 220), np.uint8)
    with av.open(str(tmp_path / "c.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 161, 91, "yuv420p"
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    reader = ClipReader(tmp_path / "c.mkv", "c.mkv")
    found = reader.frame_at(0.0)
    reader.close()
    assert found is not None and (found[1].width, found[1].height) == (160, 90)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_clip_that_begins_late_is_counted_from_its_first_picture(tmp_path: Path, suffix: str) -> None:
    """As in files cut without encoding anew, and with frames that are stored in another order than shown."""
    greys = [np.full((96, 160, 3), 20 + 15 * number, np.uint8) for number in range(14)]
    times = [2.5 + number / 30 for number in range(14)]
    source = write_clip(tmp_path / f"c.{suffix}", greys, times=times)
    store = new_store(tmp_path)
    shown = rgb_frames(render_film(film([[clip(put_clip(store, source))]], frames=30), store, None, tmp_path / "f.mp4").path)
    levels = [round((float(np.median(frame)) - 20) / 15) for frame in shown]
    assert levels == [number % 14 for number in range(30)]


def test_a_transport_stream_of_some_seconds_is_no_file_that_breaks_off(tmp_path: Path) -> None:
    greys = [np.full((96, 160, 3), 20 + number, np.uint8) for number in range(120)]
    write_clip(tmp_path / "c.mts", greys)
    write_interlaced(tmp_path / "c.mpg", moving(100, step=1), codec="mpeg2video")
    for name in ("c.mts", "c.mpg"):
        assert look_at(tmp_path / name, name).seconds == pytest.approx(4.0, abs=0.2)
    reader = ClipReader(tmp_path / "c.mts", "c.mts")
    for at in (3.0, 1.0, 2.0, 0.5):
        found = reader.frame_at(at)
        assert found is not None and float(np.median(found[1].y)) == pytest.approx(16 + (20 + 30 * at) * 219 / 255, abs=3)
    reader.close()
