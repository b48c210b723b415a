"""Every kind of file that is promised is taken, and shown or heard; what nobody can read is refused where it comes in."""

from __future__ import annotations

import math
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from activities.footage.media import look_at
from activities.render.audio import decode
from api.receiving import HEAD, sniffed
from tests.api.conftest import Api

NOISE = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)


def clip(path: Path, format: str, codec: str, **options: str) -> Path:
    """A second of a picture."""
    with av.open(str(path), "w", format=format, options=options) as file:
        stream = file.add_stream(codec, rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(25):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(NOISE, format="rgb24")))
        file.mux(stream.encode())
    return path


def sound(path: Path, format: str, codec: str) -> Path:
    """A second of a tone."""
    wave = np.sin(np.arange(48_000) * math.tau * 440 / 48_000, dtype=np.float32) * np.float32(0.3)
    frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
    frame.rate = 48_000
    with av.open(str(path), "w", format=format) as file:
        stream = file.add_stream(codec, rate=48_000, layout="stereo")
        assert isinstance(stream, av.AudioStream)
        size = stream.codec_context.frame_size or 1024
        resampler = av.AudioResampler(format=stream.format.name, layout="stereo", rate=48_000, frame_size=size)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            file.mux(stream.encode(piece))
        file.mux(stream.encode())
    return path


@pytest.mark.parametrize(
    ("name", "format", "codec", "media_type"),
    [
        ("a.mp4", "mp4", "libx264", "video/mp4"), ("a.3gp", "3gp", "mpeg4", "video/mp4"),
        ("a.mov", "mov", "libx264", "video/quicktime"),
        ("a.mkv", "matroska", "libx264", "video/webm"), ("a.avi", "avi", "mpeg4", "video/x-msvideo"),
        ("a.mpg", "mpeg", "mpeg2video", "video/mpeg"), ("a.wmv", "asf", "wmv2", "video/x-ms-wmv"),
        ("a.mts", "mpegts", "libx264", "video/mp2t"),
    ],
)  # fmt: skip
def test_clips_of_every_promised_kind_are_taken_and_can_be_shown(
    tmp_path: Path, name: str, format: str, codec: str, media_type: str
) -> None:
    path = clip(tmp_path / name, format, codec)
    assert sniffed(path.read_bytes()[:HEAD]) == media_type
    assert look_at(path, name).kind == "clip"


def test_a_clip_of_a_camera_with_times_before_its_packets_is_taken(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.m2ts", "mpegts", "libx264", mpegts_m2ts_mode="1")
    assert sniffed(path.read_bytes()[:HEAD]) == "video/mp2t"
    assert look_at(path, "a.m2ts").kind == "clip"


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("GIF", "image/gif"), ("BMP", "image/bmp"),
     ("TIFF", "image/tiff"), ("AVIF", "image/avif")],
)  # fmt: skip
def test_pictures_of_every_promised_kind_are_taken_and_can_be_shown(tmp_path: Path, kind: str, media_type: str) -> None:
    path = tmp_path / f"a.{kind.lower()}"
    Image.fromarray(NOISE).save(path, kind)
    assert sniffed(path.read_bytes()[:HEAD]) == media_type
    assert look_at(path, path.name).kind == "still"


def test_a_moving_avif_is_a_picture(tmp_path: Path) -> None:
    looks = [Image.fromarray(np.roll(NOISE, shift)) for shift in (0, 40, 80)]
    looks[0].save(tmp_path / "a.avif", save_all=True, append_images=looks[1:], duration=200)
    assert sniffed((tmp_path / "a.avif").read_bytes()[:HEAD]) == "image/avif"


@pytest.mark.parametrize(
    ("name", "format", "codec", "media_type"),
    [("music.ogg", "ogg", "libopus", "audio/ogg"), ("music.mp3", "mp3", "libmp3lame", "audio/mpeg"),
     ("music.wav", "wav", "pcm_s16le", "audio/wav"), ("music.flac", "flac", "flac", "audio/flac"),
     ("music.m4a", "ipod", "aac", "audio/mp4")],
)  # fmt: skip
def test_music_of_every_promised_kind_is_taken_and_can_be_heard(
    tmp_path: Path, name: str, format: str, codec: str, media_type: str
) -> None:
    path = sound(tmp_path / name, format, codec)
    assert sniffed(path.read_bytes()[:HEAD]) == media_type
    assert sum(len(block) for block in decode(path, 2)) > 40_000


@pytest.mark.parametrize(
    "head",
    [b"", b"BM, said the letter, is how it begins", b"Good morning" * 30, b"G" + b"x" * 255, b"MZ\x90\0", b"II",
     b"RIFF\0\0\0\0CDXA", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", b"\0\0\x01\xb3\x04\0\x30\x23"],
)  # fmt: skip
def test_what_no_film_can_use_is_no_kind_of_file(head: bytes) -> None:
    assert sniffed(head) == ""


async def test_what_cannot_be_used_is_refused_with_what_can(api: Api) -> None:
    user = await api.user()
    sent = await user.http.post("/api/v1/media", files={"file": ("music.ogg", b"OggS\0\x02" + b"0" * 300)})
    assert (sent.status_code, sent.json()["media_type"]) == (201, "audio/ogg")
    refused = await user.http.post("/api/v1/media", files={"file": ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")})
    assert refused.status_code == 403
    assert "a.heic" in refused.json()["detail"] and "AVIF" in refused.text
