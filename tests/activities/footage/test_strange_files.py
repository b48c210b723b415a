"""Files of strangers: read as what they may be, never run, never decoded when they are far too large."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import EpsImagePlugin

from activities.drawing import opened
from activities.footage.media import look_at
from activities.render.photos import load_picture
from models.errors import BadOutput, MediaError

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\n0 0 64 64 rectfill\nshowpage\n%%EOF\n"


def test_no_picture_is_handed_to_a_program_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for Ghostscript notes when it is run."""
    ran, program = tmp_path / "ran", tmp_path / "gs"
    program.write_text(f"#!/bin/sh\ntouch {ran}\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)
    picture = tmp_path / "picture.png"
    picture.write_bytes(EPS)
    with pytest.raises(MediaError, match=r"picture\.png"):
        look_at(picture, "picture.png")
    with pytest.raises(MediaError, match=r"picture\.png"):
        load_picture(picture, "picture.png")
    with pytest.raises(BadOutput):
        opened("sdxl", EPS)
    assert not ran.exists()


def test_a_clip_of_far_too_many_pixels_is_refused_with_its_size(tmp_path: Path) -> None:
    made = io.BytesIO()
    with av.open(made, "w", format="matroska") as container:
        stream = container.add_stream("mjpeg", rate=25, options={"qscale": "31"})
        stream.width, stream.height, stream.pix_fmt = 9_000, 4_100, "yuvj420p"
        frame = av.VideoFrame(9_000, 4_100, "yuvj420p")
        for plane in frame.planes:
            plane.update(np.full(plane.buffer_size, 128, np.uint8))
        frame.pts = 0
        container.mux([*stream.encode(frame), *stream.encode(None)])
    path = tmp_path / "clip.mkv"
    path.write_bytes(made.getvalue())
    with pytest.raises(MediaError, match="9000 x 4100 pixels, which is too large") as refused:
        look_at(path, "clip.mkv")
    assert refused.value.hint
