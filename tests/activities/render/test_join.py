"""Joining: sound and picture to the millisecond, nothing encoded twice, nothing that does not belong."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from activities.render.checks import fault_of_film, fault_of_segment
from activities.render.encode import EncoderSettings, EncoderThread
from activities.render.engine import render_film
from activities.render.join import encode_sound, join
from activities.render.timeline import Key, Output, ShapeContent, Sprite
from models.errors import ComponentDown, MediaError
from tests.activities.render.films import SMALL, film, flat, frame_digests, new_store

RATE = 48_000


def _flac(path: Path, samples: np.ndarray) -> Path:  # type: ignore[type-arg]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=RATE, layout="stereo")
        frame = av.AudioFrame.from_ndarray((samples * 32000).astype(np.int16)[None, :].repeat(2, 1).reshape(1, -1), layout="stereo")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _sound(path: Path) -> np.ndarray:  # type: ignore[type-arg]
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames)


def _offset(heard: np.ndarray, given: np.ndarray, at: int) -> int:  # type: ignore[type-arg]
    """By how many samples the burst that was given at `at` is heard late."""
    piece = given[at : at + 4800]
    window = heard[at - 2400 : at + 4800 + 2400]
    return int(np.argmax(np.correlate(window, piece, "valid"))) - 2400


@pytest.mark.parametrize("fps", [24, 30])
def test_sound_and_picture_meet_within_a_millisecond_from_first_to_last_scene(tmp_path: Path, fps: int) -> None:
    output = SMALL.model_copy(update={"fps": fps})
    frames, scenes = 37, 5
    times = [0.5, frames * scenes / fps - 0.5]
    marks = [round(t * fps) for t in times]
    white = Sprite(
        content=ShapeContent(shape="rectangle", width=320, height=180, fill="#ffffff"), x=0, y=0,
        opacity=tuple(Key(at=(m + d) / fps - 1e-4, value=v, ease="hold") for m in marks for d, v in ((0, 1.0), (1, 0.0))),
    )  # fmt: skip
    white = white.model_copy(update={"opacity": (Key(at=0, value=0.0), *white.opacity)})
    seconds = frames * scenes / fps
    given = np.zeros(round(seconds * RATE), np.float32)
    rng = np.random.default_rng(1)
    for mark in marks:
        at = round(mark / fps * RATE)
        given[at : at + 4800] = rng.uniform(-0.8, 0.8, min(4800, len(given) - at))
    timeline = film([[flat("#101010")]] * scenes, frames=frames, output=output, overlays=(white,))
    made = render_film(timeline, new_store(tmp_path), _flac(tmp_path / "s.flac", given), tmp_path / "f.mp4")
    with av.open(str(made.path)) as container:
        bright = [frame.time for frame in container.decode(video=0) if frame.to_ndarray()[:180].mean() > 150]
    heard = _sound(made.path)
    assert bright == pytest.approx([mark / fps for mark in marks], abs=1e-4)
    # The last packet is padded to 1,024 samples; the container says where the film ends.
    assert 0 <= len(heard) - len(given) < 1024
    for mark in marks:
        assert abs(_offset(heard, given, round(mark / fps * RATE))) <= RATE // 1000


@pytest.mark.parametrize("seconds", [0.2, 1.0, 3.0])
def test_sound_that_is_too_short_or_too_long_takes_the_films_length(tmp_path: Path, seconds: float) -> None:
    sound = _flac(tmp_path / "s.flac", np.full(round(seconds * RATE), 0.1, np.float32))
    made = render_film(film([[flat("#101010")]], frames=30), new_store(tmp_path), sound, tmp_path / "f.mp4")
    assert 0 <= len(_sound(made.path)) - RATE < 1024
    assert fault_of_film(made.path, 30, SMALL) == ""


def _silence(folder: Path, frames: int) -> Path:
    encode_sound(None, folder / "a.mp4", SMALL, frames)
    return folder / "a.mp4"


def _segment(path: Path, frames: int, output: Output = SMALL, level: int = 60) -> Path:
    encoder = EncoderThread(path, EncoderSettings(threads=2), output)
    for number in range(frames):
        planes = encoder.blank()
        planes.fill((level + number, 128, 128))
        encoder.put(planes)
        encoder.release(planes)
    encoder.finish()
    return path


def test_segments_of_one_frame_join_with_longer_ones(tmp_path: Path) -> None:
    lengths = [1, 40, 1, 2, 13, 1]
    parts = [_segment(tmp_path / f"{place}.mp4", frames, level=30 + 10 * place) for place, frames in enumerate(lengths)]
    join(parts, _silence(tmp_path, sum(lengths)), tmp_path / "f.mp4", SMALL)
    assert frame_digests(tmp_path / "f.mp4") == [digest for part in parts for digest in frame_digests(part)]
    assert fault_of_film(tmp_path / "f.mp4", sum(lengths), SMALL) == ""


def test_segments_of_different_encodings_are_refused(tmp_path: Path) -> None:
    one = _segment(tmp_path / "1.mp4", 5)
    two = _segment(tmp_path / "2.mp4", 5, SMALL.model_copy(update={"width": 640}))
    with pytest.raises(ComponentDown, match="other settings"):
        join([one, two], _silence(tmp_path, 10), tmp_path / "f.mp4", SMALL)


def test_sound_that_is_no_sound_is_named(tmp_path: Path) -> None:
    (tmp_path / "s.flac").write_bytes(b"nothing")
    with pytest.raises(MediaError, match=r"s\.flac"):
        encode_sound(tmp_path / "s.flac", tmp_path / "a.mp4", SMALL, 5)


def test_a_cut_or_short_segment_is_found_out(tmp_path: Path) -> None:
    whole = _segment(tmp_path / "1.mp4", 20)
    assert fault_of_segment(whole, 20, SMALL) == ""
    assert "20 of 21" in fault_of_segment(whole, 21, SMALL)
    assert fault_of_segment(whole, 20, SMALL, whole=True) == ""
    assert "not 640x180" in fault_of_segment(whole, 20, SMALL.model_copy(update={"width": 640}))
    data = whole.read_bytes()
    (tmp_path / "2.mp4").write_bytes(data[: len(data) // 2])
    assert fault_of_segment(tmp_path / "2.mp4", 20, SMALL) != ""
