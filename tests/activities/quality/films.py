"""Small films made to be judged, 160x90, with faults on demand, and plans that they follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from activities.render.audio import FlacFile
from activities.render.timeline import (
    CaptionPage,
    CaptionPages,
    CaptionStyle,
    CaptionWord,
    Font,
    Gradient,
    Music,
    Output,
    Scene,
    Sound,
    SoundTrack,
    Timeline,
)
from models.videos.contracts import ArtifactRef

RATE, FPS, WIDTH, HEIGHT = 48_000, 30, 160, 90
Sound_ = NDArray[np.float64]
Luma = NDArray[np.uint8]


def moving(frame: int) -> Luma:
    """A soft bar that wanders over a slope: a calm picture that is never the same."""
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    bar = 60 * np.exp(-(((x - (20 + 1.1 * frame) % WIDTH) / 12) ** 2))
    return np.clip(60 + 0.5 * x + 0.3 * y + bar, 16, 235).astype(np.uint8)


def voice(seconds: float, seed: int = 1, level: float = 0.37) -> Sound_:
    """Syllables of noise; at the default level about -14 LUFS."""
    samples = int(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(samples))
    at = np.fft.rfftfreq(samples, 1 / RATE)
    noise = np.fft.irfft(spectrum * ((at > 200) & (at < 3000)), samples)
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * np.arange(samples) / RATE)
    return noise / np.sqrt((noise**2).mean()) * syllables * level * 0.5


@dataclass
class Film:
    """What to make. `picture` gives the luma of a frame."""

    seconds: float = 6.0
    picture: Callable[[int], Luma] = moving
    sound: Sound_ | None = None
    options: dict[str, str] = field(default_factory=lambda: {"movflags": "+faststart"})
    x264: dict[str, str] = field(default_factory=dict)
    size: tuple[int, int] = (WIDTH, HEIGHT)
    fps: int = FPS
    tagged: bool = True
    sound_late: float = 0.0
    rate: int = RATE
    keyframes: int = 2 * FPS

    def write(self, path: Path) -> Path:
        """Make the file."""
        with av.open(str(path), "w", format="mp4", options=self.options) as file:
            video = file.add_stream("libx264", rate=self.fps)
            video.width, video.height = self.size
            video.pix_fmt = "yuv420p"
            video.codec_context.gop_size = self.keyframes
            video.codec_context.options = {"preset": "veryfast", "profile": "high", "crf": "20", "threads": "1", **self.x264}
            if self.tagged:
                context = video.codec_context
                context.color_primaries = context.color_trc = context.colorspace = context.color_range = 1
            audio = file.add_stream("aac", rate=self.rate)
            audio.codec_context.bit_rate = 192_000
            audio.codec_context.layout = "stereo"
            sound = self.sound if self.sound is not None else voice(self.seconds)
            self._video(file, video)
            self._audio(file, audio, np.concatenate([np.zeros(round(self.sound_late * RATE)), sound])[: round(self.seconds * RATE)])
        return path

    def _video(self, file: av.container.OutputContainer, stream: av.VideoStream) -> None:
        width, height = self.size
        for number in range(round(self.seconds * self.fps)):
            luma = self.picture(number)
            if luma.shape != (height, width):
                luma = np.resize(luma, (height, width))
            planes = np.full((height * 3 // 2, width), 128, np.uint8)
            planes[:height] = luma
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            if self.tagged:
                frame.color_primaries = frame.color_trc = frame.colorspace = frame.color_range = 1
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))

    def _audio(self, file: av.container.OutputContainer, stream: av.AudioStream, sound: Sound_) -> None:
        stereo = np.stack([sound, sound]).astype(np.float32)
        for at in range(0, stereo.shape[1], 1024):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(stereo[:, at : at + 1024]), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = self.rate, at
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def plan(
    seconds: float = 6.0, *, speech: ArtifactRef | None = None, captioned: bool = True, scenes: int = 2, music: bool = False
) -> Timeline:
    """A plan of scenes of equal length."""
    frames = round(seconds * FPS)
    each = frames // scenes
    lengths = [each] * (scenes - 1) + [frames - each * (scenes - 1)]
    ground = Gradient(seed=1, colours=("#000000", "#ffffff"))
    return Timeline(
        title="A film",
        output=Output(width=WIDTH, height=HEIGHT, fps=FPS, video_rate=5000, audio_rate=192),
        scenes=tuple(
            Scene(index=place, first_frame=place * each, frames=count, layers=(ground,)) for place, count in enumerate(lengths)
        ),
        caption_style=CaptionStyle(font=Font(size=10), bottom=80, width=140) if captioned else None,
        sound=SoundTrack(speech=(Sound(media=speech, at=0.0),) if speech else (), music=Music() if music else None),
    )


def captions(seconds: float = 6.0, each: float = 2.0) -> CaptionPages:
    """Captions of four words a page, said all through the film."""
    pages = []
    for first in np.arange(0, seconds - 0.01, each):
        start, end = float(first), float(min(first + each, seconds))
        times = np.linspace(start, end, 5)
        words = tuple(
            CaptionWord(text=f"word{n}", start=float(a), end=float(b)) for n, (a, b) in enumerate(pairwise(times.tolist()))
        )
        pages.append(CaptionPage(start=start, end=end, lines=(words,)))
    return CaptionPages(pages=tuple(pages))


def speech_file(path: Path, sound: Sound_) -> Path:
    """The sound as a FLAC file."""
    with FlacFile(path) as file:
        file.write(np.stack([sound, sound], axis=1).astype(np.float32))
    return path
