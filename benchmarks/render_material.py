"""What the render benchmark draws: photographs, clips and a logo made from seeds, and the timeline of eight scenes."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
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
    ImageContent,
    Key,
    Output,
    Scene,
    Sprite,
    Still,
    Timeline,
    Transition,
)
from models.videos.contracts import ArtifactRef

SCENES = 8
CLIPS = (1, 4, 6)
"""Which of the eight scenes are clips; the others are stills in motion."""
WORDS = tuple(
    "light from the sun looks white but it is made of every colour that there is and air scatters the blue most".split()  # noqa: SIM905
)


def photograph(seed: int, width: int, height: int) -> NDArray[np.uint8]:
    """A picture with the spectrum of a photograph (amplitude falls with frequency), some edges, and sensor noise."""
    rng = np.random.default_rng(seed)
    small = np.zeros((height, width, 3), np.float32)
    for octave in range(1, 8):
        cells = 2**octave
        noise = rng.uniform(-1, 1, (cells * height // width + 2, cells + 2, 3)).astype(np.float32)
        small += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) / octave**1.3
    picture = 128 + small * 55
    for _ in range(24):
        x, y = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        size = (int(rng.uniform(0.02, 0.12) * width), int(rng.uniform(0.02, 0.2) * height))
        shade = tuple(float(v) for v in rng.uniform(30, 225, 3))
        cv2.ellipse(picture, (x, y), size, float(rng.uniform(0, 180)), 0, 360, shade, -1, cv2.LINE_AA)
    picture += rng.normal(0, 2.0, picture.shape).astype(np.float32)
    return np.clip(picture, 0, 255).astype(np.uint8)


def put_photograph(store: ArtifactStore, seed: int, width: int, height: int) -> ArtifactRef:
    """A JPEG of it in the store."""
    held = io.BytesIO()
    Image.fromarray(photograph(seed, width, height)).save(held, "JPEG", quality=92)
    return store.put_content("media", held.getvalue(), "image/jpeg")


def write_clip(path: Path, seed: int, width: int, height: int, seconds: float, rate: int) -> Path:
    """Film of a moving camera over a photograph with something that moves by itself, H.264 at a good quality."""
    ground = photograph(seed, width * 5 // 4, height * 5 // 4)
    rng = np.random.default_rng(seed)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "18", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1
        for number in range(round(seconds * rate)):
            t = number / rate
            x, y = 0.12 * width * (1 + np.sin(t / 3)), 0.12 * height * (1 + np.cos(t / 4))
            rgb = cv2.warpAffine(ground, np.array([[1.0, 0, -x], [0, 1.0, -y]]), (width, height))
            centre = (int(width * (0.5 + 0.3 * np.sin(t))), int(height * (0.5 + 0.2 * np.cos(1.3 * t))))
            cv2.circle(rgb, centre, height // 8, (240, 200, 60), -1, cv2.LINE_AA)
            grain = rng.integers(-2, 3, (height, width, 1), np.int8)
            rgb = np.clip(rgb.astype(np.int16) + grain, 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p", dst_colorspace="ITU709")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def put_logo(store: ArtifactStore, size: int) -> ArtifactRef:
    """A round logo with alpha."""
    y, x = np.mgrid[0:size, 0:size]
    inside = np.hypot(x - size / 2, y - size / 2) < size * 0.48
    rgba = np.zeros((size, size, 4), np.uint8)
    rgba[inside] = (255, 213, 74, 230)
    held = io.BytesIO()
    Image.fromarray(rgba).save(held, "PNG")
    return store.put_content("media", held.getvalue(), "image/png")


def build(store: ArtifactStore, folder: Path, output: Output, seconds: float, scenes: int = SCENES) -> Timeline:
    """The film: five stills in motion and three clips to eight scenes, crossfades, captions word by word, a logo."""
    width, height, fps = output.width, output.height, output.fps
    frames = round(seconds * fps / scenes)
    length = frames / fps
    unit = height / 1080
    stills = [put_photograph(store, 10 + n, round(width * 1.25), round(height * 1.25)) for n in range(SCENES - len(CLIPS))]
    clips = []
    for number, (wide, high, rate) in enumerate(((width, height, fps), (width * 2 // 3, height * 2 // 3, 25), (width, height, 24))):
        path = write_clip(folder / f"clip-{number}.mp4", 40 + number, wide // 2 * 2, high // 2 * 2, min(length, 8.0) + 0.5, rate)
        clips.append(store.put_content("media", path.read_bytes(), "video/mp4"))
    plans = []
    for place in range(scenes):
        kind = place % SCENES
        picture: Still | Clip
        if kind in CLIPS:
            picture = Clip(media=clips[CLIPS.index(kind)])
        else:
            picture = Still(media=stills[[n for n in range(SCENES) if n not in CLIPS].index(kind)], camera=_camera(place, length))
        plans.append(
            Scene(
                index=place,
                first_frame=place * frames,
                frames=frames,
                layers=(picture,),
                transition=Transition(kind="crossfade", seconds=min(0.5, length / 3)) if place else Transition(),
            )
        )
    side = round(120 * unit)
    mark = ImageContent(media=put_logo(store, side), width=side, height=side)
    logo = Sprite(content=mark, x=width - 160 * unit, y=40 * unit)
    style = CaptionStyle(
        font=Font(size=56 * unit, weight=700, outline=4 * unit), bottom=980 * unit, width=1400 * unit, centre=width / 2
    )
    return Timeline(
        title="benchmark",
        output=output,
        scenes=tuple(plans),
        captions=captions(frames * scenes / fps),
        caption_style=style,
        overlays=(logo,),
    )


def _camera(place: int, length: float) -> Camera:
    def line(a: float, b: float) -> tuple[Key, Key]:
        return Key(at=0, value=a), Key(at=length, value=b, ease=Ease.LINEAR)

    zoom = line(1.0, 1.08) if place % 2 == 0 else line(1.08, 1.0)
    return Camera(zoom=zoom, x=line(0.5, 0.5 + 0.02 * (-1) ** place))


def captions(seconds: float) -> tuple[CaptionPage, ...]:
    """Words at 150 a minute, pages of eight in two lines."""
    pages, at, step = [], 0.0, 0.4
    while at + 8 * step <= seconds:
        words = [
            CaptionWord(text=WORDS[(len(pages) * 8 + n) % len(WORDS)], start=at + n * step, end=at + (n + 1) * step)
            for n in range(8)
        ]
        pages.append(CaptionPage(start=at, end=at + 8 * step, lines=(tuple(words[:4]), tuple(words[4:]))))
        at += 8 * step
    return tuple(pages)
