"""Clips of every odd kind: what they show at each moment, in the right colours, and what is said of broken ones."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from activities.render.clips import ClipReader
from activities.render.colours import matrix_change
from activities.render.engine import render_film
from activities.render.layers.base import Studio
from activities.render.planes import new_frame
from activities.render.segment_plan import plan_segments
from activities.render.stack import compose
from activities.render.timeline import Camera
from models.errors import MediaError
from tests.activities.render.films import SMALL, clip, film, flat, linear, new_store, plain, put_clip, rgb_frames, write_clip

GREYS = [plain((level, level, level)) for level in range(20, 230, 15)]
"""Frames told apart by their grey: 14 of them."""


def _levels(path: Path) -> list[int]:
    """The number of the grey that each frame of a film shows."""
    return [round((float(np.median(frame)) - 20) / 15) for frame in rgb_frames(path)]


def _film_of(tmp_path: Path, source: Path, frames: int = 30, **more: object) -> Path:
    store = new_store(tmp_path)
    timeline = film([[clip(put_clip(store, source), **more)]], frames=frames)
    return render_film(timeline, store, None, tmp_path / "f.mp4").path


@pytest.mark.parametrize(("rate", "shown"), [(30, list(range(14))), (15, [n // 2 for n in range(28)]), (60, list(range(0, 14, 2)))])
def test_frame_rates_are_converted_by_time(tmp_path: Path, rate: int, shown: list[int]) -> None:
    source = write_clip(tmp_path / "c.mp4", GREYS, rate=rate)
    assert _levels(_film_of(tmp_path, source, frames=len(shown))) == shown


def test_a_variable_frame_rate_is_shown_at_its_own_times(tmp_path: Path) -> None:
    times = [0, 0.1, 0.15, 0.5, 0.55, 0.9]
    source = write_clip(tmp_path / "c.mp4", GREYS[:6], times=times)
    found = _levels(_film_of(tmp_path, source, frames=28, loop=False))
    assert found == [max(n for n, at in enumerate(times) if at <= number / 30 + 1e-6) for number in range(28)]


def test_a_short_clip_is_looped_or_holds_its_last_frame(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "c.mp4", GREYS[:10])
    assert _levels(_film_of(tmp_path / "a", source, frames=25)) == [n % 10 for n in range(25)]
    assert _levels(_film_of(tmp_path / "b", source, frames=14, loop=False)) == [*range(10), 9, 9, 9, 9]


def test_speed_and_offset_choose_the_frames(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "c.mp4", GREYS)
    assert _levels(_film_of(tmp_path / "a", source, frames=8, speed=0.5)) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert _levels(_film_of(tmp_path / "b", source, frames=4, speed=2.0, offset=4 / 30)) == [4, 6, 8, 10]


def test_a_loop_within_an_offset_returns_to_the_offset(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "c.mp4", GREYS)
    assert _levels(_film_of(tmp_path, source, frames=12, offset=5 / 30)) == [*range(5, 14), 5, 6, 7]


@pytest.mark.parametrize("colour", [(200, 60, 40), (30, 160, 220), (240, 240, 30)])
@pytest.mark.parametrize(
    "kind",
    [
        {"pix_fmt": "yuv420p"},
        {"pix_fmt": "yuv420p", "full_range": True},
        {"pix_fmt": "yuv420p", "matrix": "ITU601"},
        {"pix_fmt": "yuv420p", "matrix": "ITU601", "tagged": False},
        {"pix_fmt": "yuv444p", "full_range": True},
        {"pix_fmt": "yuv422p"},
        {"pix_fmt": "yuvj420p", "codec": "mjpeg", "full_range": True, "matrix": "ITU601"},
    ],
    ids=["plain", "full range", "601", "untagged small", "444 full range", "422", "motion jpeg"],
)
def test_colours_come_out_right_whatever_the_clips_matrix_and_range(
    tmp_path: Path, kind: dict[str, object], colour: tuple[int, int, int]
) -> None:
    suffix = "avi" if kind.get("codec") == "mjpeg" else "mp4"
    source = write_clip(tmp_path / f"c.{suffix}", [plain(colour)] * 3, **kind)  # type: ignore[arg-type]
    shown = rgb_frames(_film_of(tmp_path, source, frames=2))[1]
    assert np.abs(np.median(shown.reshape(-1, 3), axis=0) - colour).max() <= 4


def test_an_untagged_hd_clip_is_bt709(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "c.mp4", [plain((200, 60, 40), 1280, 720)] * 2, tagged=False)
    shown = rgb_frames(_film_of(tmp_path, source, frames=2))[1]
    assert np.abs(np.median(shown.reshape(-1, 3), axis=0) - (200, 60, 40)).max() <= 3


def test_grey_stays_grey_when_the_matrix_changes() -> None:
    change = matrix_change((0.299, 0.114))
    assert change @ np.array([100.0, 0, 0]) == pytest.approx([100, 0, 0], abs=1e-9)


def _halves() -> np.ndarray:  # type: ignore[type-arg]
    picture = plain((210, 40, 40), 90, 160)
    picture[80:] = (40, 40, 210)
    return picture


def test_a_vertical_clip_fills_the_frame_around_its_focus(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "c.mp4", [_halves()] * 3)
    top = rgb_frames(_film_of(tmp_path / "a", source, frames=2, focus_y=0.1))[0]
    bottom = rgb_frames(_film_of(tmp_path / "b", source, frames=2, focus_y=0.9))[0]
    assert top[90, 160, 0] > 180 and bottom[90, 160, 2] > 180
    assert top[..., 2].max() < 90


def test_a_camera_moves_over_a_clip(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "c.mp4", [_halves()] * 20)
    frames = rgb_frames(_film_of(tmp_path, source, frames=20, camera=Camera(y=linear((0, 0.0), (0.6, 1.0)))))
    assert frames[0][90, 160, 0] > 180 and frames[19][90, 160, 2] > 180


def test_a_clip_that_lies_on_its_side_is_turned_as_its_file_says(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "c.mp4", [_halves()] * 3)
    turned = tmp_path / "turned.mp4"
    turned.write_bytes(_rotated(source.read_bytes()))
    with av.open(str(turned)) as container:
        assert abs(next(container.decode(video=0)).rotation) == 90
    reader = ClipReader(turned, "turned.mp4")
    found = reader.frame_at(0.0)
    reader.close()
    assert found is not None and (found[1].width, found[1].height) == (160, 90)
    # A quarter clockwise brings the upper (red) half to the right.
    assert int(found[1].v[20, 60]) > 180 and int(found[1].v[20, 10]) < 130


def _rotated(data: bytes) -> bytes:
    """The file with the matrix of its picture's track turned clockwise by a quarter (ISO 14496-12, tkhd)."""
    at = data.index(b"tkhd") + 4 + 4 + 4 * 5 + 8 + 8
    one = (1 << 16).to_bytes(4, "big")
    minus = (0xFFFF0000).to_bytes(4, "big")
    zero = bytes(4)
    matrix = zero + one + zero + minus + zero + zero + zero + zero + (1 << 30).to_bytes(4, "big")
    return data[:at] + matrix + data[at + 36 :]


def test_a_clip_much_larger_than_the_frame_is_halved_while_it_is_read(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "c.mp4", [plain((90, 150, 60), 1280, 720)] * 2)
    reader = ClipReader(source, "c.mp4", smallest=180)
    found = reader.frame_at(0.0)
    reader.close()
    assert found is not None and (found[1].width, found[1].height) == (320, 180)


def test_a_transition_goes_on_with_the_clip_of_the_scene_before(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    media = put_clip(store, write_clip(tmp_path / "c.mp4", GREYS))
    timeline = film([[clip(media, speed=0.5)], [clip(media, offset=0.2)]], kind="wipe", frames=12)
    frames = rgb_frames(render_film(timeline, store, None, tmp_path / "f.mp4").path)
    # Frames 12 and 13 show, where not yet wiped, the first scene's clip at 12/30 s of half speed: its sixth frame.
    assert round((float(np.median(frames[13][:, :100])) - 20) / 15) == 6


def test_the_clip_of_the_scene_before_is_let_go_once_the_transition_is_over(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    media = put_clip(store, write_clip(tmp_path / "c.mp4", GREYS))
    _, segment = plan_segments(film([[clip(media)], [flat("#204060")]], kind="wipe", frames=12))
    studio, path = Studio(SMALL, store.path), store.path(media)

    def is_open() -> bool:
        return any(link.resolve() == path.resolve() for link in Path("/proc/self/fd").iterdir())

    stack, frame = compose(segment, studio), new_frame(*studio.size)
    stack.paint(frame, 0.0)
    assert is_open()
    stack.paint(frame, segment.scene.transition.seconds)
    assert not is_open()
    stack.close()


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "sound"])
def test_a_broken_clip_is_named_and_leaves_no_film(tmp_path: Path, damage: str) -> None:
    rng = np.random.default_rng(1)
    noise = [rng.integers(0, 255, (90, 160, 3), np.uint8) for _ in range(60)]
    whole = _faststart(write_clip(tmp_path / "c.mp4", noise), tmp_path / "d.mp4")
    content = {"empty": b"", "text": b"hello " * 500, "cut": whole[: len(whole) // 3], "sound": _sound_only(tmp_path / "s.mp4")}
    (tmp_path / "x.mp4").write_bytes(content[damage])
    with pytest.raises(MediaError, match=r"holiday\.mp4"):
        _film_of(tmp_path, tmp_path / "x.mp4", frames=75)
    assert not (tmp_path / "f.mp4").exists()


def _faststart(source: Path, to: Path) -> bytes:
    with av.open(str(source)) as held, av.open(str(to), "w", options={"movflags": "faststart"}) as out:
        stream = out.add_stream_from_template(held.streams.video[0])
        for packet in held.demux(held.streams.video[0]):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    return to.read_bytes()


def _sound_only(path: Path) -> bytes:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()
