"""The engine: a timeline becomes exactly the film that was asked for, once."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue

import av
import numpy as np
import pytest

from activities.render.encode import EncoderSettings, EncoderThread, FramePool
from activities.render.engine import Cancelled, Progress, render_film
from activities.render.segment_plan import plan_segments
from activities.render.timeline import Camera, Font, Key, NumberContent, Output, Shade, Sprite, Timeline
from models.errors import ComponentDown, MediaError
from models.videos.contracts import VideoFormat
from models.videos.formats import PROFILES
from tests.activities.render.films import (
    CAPTIONS,
    SMALL,
    film,
    flat,
    frame_digests,
    ground,
    linear,
    moving,
    new_store,
    page,
    picture,
    rgb_frames,
    segments_in,
    still,
    title,
    waves,
)


def _rich(folder: Path, words: str = "Sky") -> Timeline:
    """Four scenes with every kind of layer but clips."""
    photo = picture(new_store(folder), waves(500, 300))
    number = Sprite(content=NumberContent(track=(Key(at=0, value=0), Key(at=0.4, value=1234)), font=Font(size=24)), x=10, y=100)
    scenes = [[moving(1), title(words)], [still(photo), Shade(), number], [moving(3)], [ground(4), title("Two")]]
    return film(scenes, kind="crossfade", captions=(page(0.1, 1.2, "one", "two", "three"),), caption_style=CAPTIONS)


def test_the_same_plan_gives_the_same_frames(tmp_path: Path) -> None:
    digests = []
    for name in ("first", "second"):
        timeline = _rich(tmp_path / name)
        made = render_film(timeline, new_store(tmp_path / name), None, tmp_path / f"{name}.mp4")
        digests.append((frame_digests(made.path), segments_in(tmp_path / name)))
    assert digests[0] == digests[1]
    assert len(digests[0][0]) == 60


def test_segments_drawn_side_by_side_give_the_same_film(tmp_path: Path) -> None:
    alike = EncoderSettings(threads=1)
    one = render_film(_rich(tmp_path / "a"), new_store(tmp_path / "a"), None, tmp_path / "a.mp4", encoder=alike)
    two = render_film(_rich(tmp_path / "b"), new_store(tmp_path / "b"), None, tmp_path / "b.mp4", encoder=alike, parallel=3)
    assert frame_digests(one.path) == frame_digests(two.path)


@pytest.mark.parametrize("format", list(VideoFormat))
def test_each_format_comes_out_as_the_table_says(tmp_path: Path, format: VideoFormat) -> None:
    profile = PROFILES[format]
    output = Output(
        width=profile.width, height=profile.height, fps=profile.fps, video_rate=profile.video_rate, audio_rate=profile.audio_rate
    )
    made = render_film(
        film([[flat("#204060", output)]] * 2, frames=80, output=output), new_store(tmp_path), None, tmp_path / "f.mp4"
    )
    with av.open(str(made.path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        context = video.codec_context
        assert (context.name, context.width, context.height, context.pix_fmt) == ("h264", output.width, output.height, "yuv420p")
        assert (video.average_rate, video.frames, video.profile) == (profile.fps, 160, "High")
        assert (context.color_range, context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1, 1)
        assert (audio.codec_context.name, audio.rate, audio.layout.name) == ("aac", 48_000, "stereo")
        keys = [round(float(p.pts * p.time_base) * profile.fps) for p in container.demux(video) if p.size and p.is_keyframe]
    assert keys == sorted({0, 2 * profile.fps, 80, 80 + 2 * profile.fps} & set(range(160)))
    start = made.path.read_bytes()[:100_000]
    assert start.index(b"moov") < start.index(b"mdat")


def test_pictures_too_rich_for_the_rate_are_encoded_coarser_and_always_alike(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    noise = picture(store, np.random.default_rng(1).integers(0, 255, (200, 350, 3), np.uint8))
    output = SMALL.model_copy(update={"video_rate": 400})
    timeline = film([[still(noise, camera=Camera(zoom=linear((0, 1), (2, 1.2))))], [moving()]], frames=60, output=output)
    seen: list[Progress] = []
    made = render_film(timeline, store, None, tmp_path / "f.mp4", progress=seen.append)
    with av.open(str(made.path)) as container:
        sizes = [packet.size * 8 for packet in container.demux(container.streams.video[0]) if packet.size]
    assert sum(sizes[:60]) <= 2 * 480_000 + 2 * 400_000
    assert (seen[-1].frames_done, seen[-1].segments_done) == (120, 2)
    again = render_film(timeline, new_store(tmp_path / "again"), None, tmp_path / "g.mp4") if copy_media(tmp_path) else made
    assert frame_digests(again.path) == frame_digests(made.path)


def copy_media(folder: Path) -> bool:
    """The same pictures in a second store."""
    shutil.copytree(folder / "store" / "media", folder / "again" / "store" / "media")
    return True


@pytest.mark.parametrize("colour", [(255, 0, 0), (32, 200, 90), (12, 34, 230), (128, 128, 128), (250, 245, 240)])
def test_a_colour_comes_out_as_it_went_in(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    made = render_film(film([[flat("#{:02x}{:02x}{:02x}".format(*colour))]]), new_store(tmp_path), None, tmp_path / "f.mp4")
    shown = rgb_frames(made.path)[7][40:140, 40:280].reshape(-1, 3)
    assert np.abs(np.median(shown, axis=0) - colour).max() <= 2


def test_a_picture_keeps_its_colours_as_png_and_as_full_range_jpeg(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    plain = np.full((180, 320, 3), (200, 120, 40), np.uint8)
    scenes = [[still(picture(store, plain))], [still(picture(store, plain, "JPEG", quality=95))]]
    frames = rgb_frames(render_film(film(scenes), store, None, tmp_path / "f.mp4").path)
    for place in (7, 22):
        assert np.abs(np.median(frames[place].reshape(-1, 3), axis=0) - (200, 120, 40)).max() <= 2


def test_an_edit_of_one_scene_renders_one_scene(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    render_film(_rich(tmp_path), store, None, tmp_path / "f.mp4")
    again = render_film(_rich(tmp_path, words="Sea"), store, None, tmp_path / "f.mp4")
    # The first scene shows in its own segment and, crossfaded, in the second.
    assert (again.segments, again.segments_reused) == (4, 2)
    whole = render_film(_rich(tmp_path / "new", words="Sea"), new_store(tmp_path / "new"), None, tmp_path / "whole.mp4")
    assert frame_digests(again.path) == frame_digests(whole.path)


def test_a_scene_that_only_moved_within_the_film_is_not_rendered_again(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    scenes = [[ground(seed), title()] for seed in range(4)]
    logo = flat("#ff000040")
    timeline = film(scenes, overlays=(logo,), captions=(page(1.6, 1.9, "late"),), caption_style=CAPTIONS)
    render_film(timeline, store, None, tmp_path / "f.mp4")
    shorter = film(scenes[1:], overlays=(logo,), captions=(page(1.1, 1.4, "late"),), caption_style=CAPTIONS)
    assert render_film(shorter, store, None, tmp_path / "f.mp4").segments_reused == 3


def test_a_stopped_render_loses_only_the_segment_it_was_in(tmp_path: Path) -> None:
    store, timeline = new_store(tmp_path), _rich(tmp_path)
    seen: list[Progress] = []

    def cancelled() -> bool:
        return bool(seen) and seen[-1].segments_done >= 2

    with pytest.raises(Cancelled):
        render_film(timeline, store, None, tmp_path / "f.mp4", progress=seen.append, cancelled=cancelled)
    kept = len(segments_in(tmp_path))
    assert 2 <= kept < 4
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("store", "cache")] == []
    assert render_film(timeline, store, None, tmp_path / "f.mp4").segments_reused == kept


def test_an_encoder_begins_only_after_the_one_before_it_has_ended(tmp_path: Path) -> None:
    before = threading.Event()
    waits, goes = (EncoderThread(tmp_path / name, EncoderSettings(threads=2), SMALL, before) for name in ("waits.mp4", "goes.mp4"))
    frame = waits.blank()
    frame.fill()
    for encoder in (waits, goes):
        encoder.put(frame)
    waits.abandon()
    assert not (tmp_path / "waits.mp4").exists()
    before.set()
    goes.finish()
    assert len(frame_digests(tmp_path / "goes.mp4")) == 1


def test_encoders_that_follow_each_other_share_their_frames(tmp_path: Path) -> None:
    frames: FramePool = SimpleQueue()
    first, second = (
        EncoderThread(tmp_path / name, EncoderSettings(threads=2), SMALL, pool=frames) for name in ("first.mp4", "second.mp4")
    )
    given = first.blank()
    given.fill()
    first.put(given)
    first.release(given)
    first.finish()
    assert second.blank() is given
    second.put(given)
    second.finish()
    assert len(frame_digests(tmp_path / "first.mp4")) == len(frame_digests(tmp_path / "second.mp4")) == 1


def test_progress_reaches_its_end_and_never_goes_back(tmp_path: Path) -> None:
    seen: list[Progress] = []
    render_film(_rich(tmp_path), new_store(tmp_path), None, tmp_path / "f.mp4", progress=seen.append, parallel=2)
    assert (seen[-1].segments_done, seen[-1].frames_done) == (4, 60)
    assert all(a.segments_done <= b.segments_done for a, b in pairwise(seen))


@pytest.mark.parametrize("kind", ["crossfade", "slide", "wipe", "fade_black"])
def test_a_transition_shows_the_scene_before_and_ends_with_the_new_one(tmp_path: Path, kind: str) -> None:
    timeline = film([[flat("#c02020")], [flat("#2020c0")]], kind=kind)
    frames = rgb_frames(render_film(timeline, new_store(tmp_path), None, tmp_path / "f.mp4").path)
    red, blue = (192, 32, 32), (32, 32, 192)
    assert np.abs(frames[14].reshape(-1, 3).mean(0) - red).max() < 6
    assert np.abs(frames[15].reshape(-1, 3).mean(0) - red).max() < 12
    assert np.abs(frames[20].reshape(-1, 3).mean(0) - blue).max() < 6
    middle = frames[17].astype(int)
    if kind == "crossfade":
        assert np.abs(middle.reshape(-1, 3).mean(0) - (128, 32, 96)).max() < 25
    elif kind == "fade_black":
        assert middle.mean() < 60
    else:
        assert (middle[..., 0] > 150).any() and (middle[..., 2] > 150).any()


def test_a_frame_where_nothing_moves_is_drawn_once(tmp_path: Path) -> None:
    frames = frame_digests(render_film(film([[flat("#123456")]]), new_store(tmp_path), None, tmp_path / "f.mp4").path)
    assert len(set(frames)) <= 3


def test_captions_highlight_the_spoken_word_at_its_time(tmp_path: Path) -> None:
    timeline = film([[flat("#000000")]], frames=30, captions=(page(0.2, 0.8, "left", "right"),), caption_style=CAPTIONS)
    frames = rgb_frames(render_film(timeline, new_store(tmp_path), None, tmp_path / "f.mp4").path)
    yellow = [(frame[..., 0] > 180) & (frame[..., 2] < 140) for frame in frames]
    places = [float(np.nonzero(mask)[1].mean()) if mask.any() else -1.0 for mask in yellow]
    assert places[5] == -1 and places[24] == -1
    assert 0 < places[7] == pytest.approx(places[14], abs=2)
    assert places[16] > places[14] + 10


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.png", b""), ("text.jpg", b"no picture at all" * 40), ("cut.png", None)],
    ids=["empty", "text", "cut"],
)
def test_a_broken_picture_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    store = new_store(tmp_path)
    data = content if content is not None else store.read_bytes(picture(store, waves(300, 200)))[:-3000]
    layer = still(store.put_content("media", data)).model_copy(update={"name": name})
    with pytest.raises(MediaError, match=name):
        render_film(film([[layer]]), store, None, tmp_path / "f.mp4")
    assert not (tmp_path / "f.mp4").exists()


@pytest.mark.parametrize("size", [(50, 400), (900, 30), (1, 1), (321, 179)])
@pytest.mark.parametrize("fit", ["cover", "contain"])
def test_stills_of_any_shape_fill_the_frame(tmp_path: Path, size: tuple[int, int], fit: str) -> None:
    store = new_store(tmp_path)
    media = picture(store, np.full((size[1], size[0], 3), (230, 90, 60), np.uint8))
    frame = rgb_frames(render_film(film([[still(media, fit=fit)]], frames=2), store, None, tmp_path / "f.mp4").path)[0]
    assert frame.reshape(-1, 3).mean(1).min() > 30
    assert np.abs(frame[88:92, 158:162].reshape(-1, 3).mean(0) - (230, 90, 60)).max() < 8


def test_a_photograph_is_turned_upright_by_its_exif_tag(tmp_path: Path) -> None:
    from PIL import Image

    store = new_store(tmp_path)
    lying = np.zeros((320, 180, 3), np.uint8)
    lying[:160] = (220, 40, 40)
    image = Image.fromarray(lying)
    exif = image.getexif()
    exif[0x0112] = 6  # Turn clockwise by a quarter to see it upright.
    media = picture(store, image, "JPEG", exif=exif, quality=95)
    frame = rgb_frames(render_film(film([[still(media)]], frames=2), store, None, tmp_path / "f.mp4").path)[0]
    assert frame[90, 300, 0] > 180 and frame[90, 20, 0] < 60


def test_a_picture_with_alpha_lies_over_a_blurred_copy(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    rgba = np.zeros((180, 320, 4), np.uint8)
    rgba[:, :160] = (40, 200, 60, 255)
    frame = rgb_frames(render_film(film([[still(picture(store, rgba))]], frames=2), store, None, tmp_path / "f.mp4").path)[0]
    assert np.abs(frame[90, 50].astype(int) - (40, 200, 60)).max() < 6
    assert frame[90, 300].max() < 90


def test_a_logo_shown_whole_is_cut_nowhere_even_when_the_camera_is_closest(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    rgba = np.zeros((60, 200, 4), np.uint8)
    rgba[:, :10] = rgba[:, -10:] = (40, 200, 60, 255)
    media = picture(store, rgba)
    near = Camera(zoom=(Key(at=0.0, value=1.08),))
    frame = rgb_frames(
        render_film(film([[still(media, fit="contain", camera=near)]], frames=2), store, None, tmp_path / "f.mp4").path
    )[0]
    green = np.nonzero((frame[90, :, 1] > 150) & (frame[90, :, 0] < 90))[0]
    assert green[0] > 4 and green[-1] < 315 and green[-1] - green[0] > 250


@pytest.mark.parametrize("size", [(4000, 40), (30, 3000)])
def test_a_picture_like_a_thread_takes_a_third_of_the_frame(tmp_path: Path, size: tuple[int, int]) -> None:
    store = new_store(tmp_path)
    media = picture(store, np.full((size[1], size[0], 3), (230, 90, 60), np.uint8))
    frame = rgb_frames(render_film(film([[still(media, fit="contain")]], frames=2), store, None, tmp_path / "f.mp4").path)[0]
    assert (frame[..., 0] > 200).mean() > 0.28


def test_a_full_disk_is_said_plainly_and_leaves_nothing(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this system")

    encoder = EncoderThread(full, EncoderSettings(threads=1), SMALL)
    with pytest.raises(ComponentDown, match="could not be written"):
        for _ in range(400):
            frame = encoder.blank()
            frame.fill()
            encoder.put(frame)
        encoder.finish()


def test_an_encoder_that_does_not_open_gives_way_with_its_reason(tmp_path: Path) -> None:
    from activities.render.encode import EncoderFailed, trial

    if trial("h264_nvenc") is None:
        pytest.skip("this machine has NVENC")
    asked = EncoderSettings(name="h264_nvenc")
    timeline = film([[flat("#123456")]], frames=3)
    made = render_film(timeline, new_store(tmp_path), None, tmp_path / "f.mp4", encoder=asked)
    assert made.encoder == "libx264" and "h264_nvenc is not used" in made.fallback
    with pytest.raises(EncoderFailed):
        render_film(timeline, new_store(tmp_path), None, tmp_path / "f.mp4", encoder=asked, strict=True)


def test_segments_of_another_encoder_preset_or_size_are_not_mixed() -> None:
    timeline = film([[flat("#123456")]])
    plan = plan_segments(timeline)[0]
    fast = plan_segments(timeline.model_copy(update={"output": SMALL.model_copy(update={"preset": "fast"})}))[0]
    digests = {plan.digest({"encoder": "libx264"}), plan.digest({"encoder": "h264_nvenc"}), fast.digest({"encoder": "libx264"})}
    assert len(digests) == 3


def test_names_and_sound_rates_change_no_segment() -> None:
    one = film([[flat("#123456")]])
    two = one.model_copy(update={"title": "other", "output": replace_output(one.output)})
    assert [p.digest({}) for p in plan_segments(one)] == [p.digest({}) for p in plan_segments(two)]


def replace_output(output: Output) -> Output:
    return output.model_copy(update={"audio_rate": 96})


def test_the_fast_profile_makes_a_film(tmp_path: Path) -> None:
    output = SMALL.model_copy(update={"preset": "fast"})
    made = render_film(film([[moving()]], output=output), new_store(tmp_path), None, tmp_path / "f.mp4")
    assert len(frame_digests(made.path)) == 15
    assert replace(made, wall=0).encoder == "libx264"
