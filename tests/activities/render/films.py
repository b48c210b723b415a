"""Small films, pictures and clips for the tests of the engine."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from obstore.store import LocalStore
from PIL import Image

from activities.artifacts import ArtifactStore
from activities.render.timeline import (
    Camera,
    CaptionPage,
    CaptionStyle,
    CaptionWord,
    Clip,
    Ease,
    Font,
    Gradient,
    Key,
    Output,
    Scene,
    ShapeContent,
    Sprite,
    Still,
    TextContent,
    Timeline,
    Transition,
)
from models.videos.contracts import ArtifactRef

SMALL = Output(width=320, height=180, fps=30, video_rate=1000, audio_rate=128)
CAPTIONS = CaptionStyle(font=Font(size=16, weight=700), bottom=165, width=280)


def new_store(folder: Path) -> ArtifactStore:
    """A store in a folder of the test's own."""
    (folder / "store").mkdir(parents=True, exist_ok=True)
    return ArtifactStore(LocalStore(folder / "store"), folder / "cache")


def segments_in(folder: Path) -> set[str]:
    """Digests of the segments that the store holds."""
    return {path.name for path in (folder / "store" / "segment").glob("*/*")}


def linear(*keys: tuple[float, float]) -> tuple[Key, ...]:
    """A track of straight moves."""
    return tuple(Key(at=at, value=value, ease=Ease.LINEAR) for at, value in keys)


def flat(colour: str, output: Output = SMALL) -> Sprite:
    """One colour all over the frame."""
    return Sprite(content=ShapeContent(shape="rectangle", width=output.width, height=output.height, fill=colour), x=0, y=0)


def ground(seed: int = 1, **more: Any) -> Gradient:
    """A designed background."""
    return Gradient(seed=seed, colours=("#0b1d3a", "#16406b", "#2a7fb8"), **more)


def moving(seed: int = 1) -> Gradient:
    """A background under a slow camera."""
    return ground(seed, camera=Camera(zoom=linear((0, 1), (1, 1.06))))


def title(text: str = "Sky", **more: Any) -> Sprite:
    """A line of text that comes in."""
    content = TextContent(text=text, font=Font(family="display", size=32, weight=700))
    given = {"opacity": (Key(at=0, value=0), Key(at=0.3, value=1)), **more}
    return Sprite(content=content, x=160, y=60, anchor_x=0.5, anchor_y=0.5, **given)


def film(scenes: Sequence[Sequence[Any]], *, frames: int = 15, kind: str = "cut", output: Output = SMALL, **more: Any) -> Timeline:
    """A timeline of scenes of equal length, each given by its layers, with a transition of a sixth of a second."""
    length = 0.0 if kind == "cut" else 1 / 6
    return Timeline(
        title="test",
        output=output,
        scenes=tuple(
            Scene(
                index=place, first_frame=place * frames, frames=frames, layers=tuple(layers),
                transition=Transition(kind=kind, seconds=length),  # type: ignore[arg-type]
            )
            for place, layers in enumerate(scenes)
        ),
        **more,
    )  # fmt: skip


def page(start: float, end: float, *words: str) -> CaptionPage:
    """A caption page of one line, its words of equal length."""
    step = (end - start) / len(words)
    line = tuple(
        CaptionWord(text=word, start=start + place * step, end=start + (place + 1) * step) for place, word in enumerate(words)
    )
    return CaptionPage(start=start, end=end, lines=(line,))


def picture(store: ArtifactStore, image: np.ndarray | Image.Image, kind: str = "PNG", **more: Any) -> ArtifactRef:  # type: ignore[type-arg]
    """A picture file in the store."""
    held = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(held, kind, **more)
    return store.put_content("media", held.getvalue())


def waves(width: int, height: int) -> np.ndarray:  # type: ignore[type-arg]
    """A colourful picture with detail everywhere."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([np.sin(x / 9) * 90 + 128, np.cos(y / 11) * 90 + 128, np.sin((x + y) / 17) * 90 + 128], -1).astype(np.uint8)


def still(media: ArtifactRef, **more: Any) -> Still:
    """A picture layer."""
    return Still(media=media, name="photo.png", **more)


def clip(media: ArtifactRef, **more: Any) -> Clip:
    """A clip layer."""
    return Clip(media=media, name="holiday.mp4", **more)


def write_clip(
    path: Path,
    frames: Sequence[np.ndarray],  # type: ignore[type-arg]
    *,
    rate: int = 30,
    times: Sequence[float] | None = None,
    pix_fmt: str = "yuv420p",
    full_range: bool = False,
    matrix: str = "ITU709",
    tagged: bool = True,
    codec: str = "libx264",
) -> Path:
    """RGB frames as a clip; `times` (seconds) for a variable frame rate."""
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options={"crf": "8"})
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        context = stream.codec_context
        context.time_base = Fraction(1, 600)
        if tagged:
            context.color_range = 2 if full_range else 1
            context.colorspace = {"ITU709": 1, "ITU601": 5}[matrix]
        for place, rgb in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
                format=pix_fmt, dst_colorspace=matrix, dst_color_range="JPEG" if full_range else "MPEG"
            )
            frame.pts = round((times[place] if times is not None else place / rate) * 600)
            frame.time_base = Fraction(1, 600)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def put_clip(store: ArtifactStore, path: Path) -> ArtifactRef:
    """A clip file in the store."""
    return store.put_content("media", path.read_bytes())


def plain(colour: tuple[int, int, int], width: int = 160, height: int = 90) -> np.ndarray:  # type: ignore[type-arg]
    """A picture of one colour."""
    return np.full((height, width, 3), colour, np.uint8)


def rgb_frames(path: Path) -> list[np.ndarray]:  # type: ignore[type-arg]
    """A film's frames as RGB, by BT.709, as a player shows them."""
    with av.open(str(path)) as container:
        return [
            frame.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG", dst_color_range="JPEG").to_ndarray()
            for frame in container.decode(video=0)
        ]


def frame_digests(path: Path) -> list[str]:
    """A digest of each decoded frame."""
    with av.open(str(path)) as container:
        return [hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest() for frame in container.decode(video=0)]
