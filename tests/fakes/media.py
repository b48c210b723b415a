"""Tiny real media that the fake providers serve."""

from __future__ import annotations

import io
from functools import lru_cache

import av
import numpy as np
from PIL import Image


@lru_cache(maxsize=64)
def clip(seconds: float, width: int = 160, height: int = 90, fps: int = 4) -> bytes:
    """An MP4 (H.264) of moving grey of this length."""
    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(round(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(np.full((height, width, 3), (number * 7) % 256, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return made.getvalue()


@lru_cache(maxsize=64)
def picture(width: int = 384, height: int = 256, shade: int = 90, kind: str = "JPEG") -> bytes:
    """A picture of one colour gradient."""
    made = io.BytesIO()
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = np.linspace(0, 255, width, dtype=np.uint8)
    pixels[..., 1] = shade % 256
    Image.fromarray(pixels).save(made, kind)
    return made.getvalue()
