"""The formats of spec: size, frame rate, codecs, rates, lengths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.videos.contracts import Level, VideoFormat


@dataclass(frozen=True)
class Profile:
    """How a film is encoded. Rates in kbit/s; lengths in seconds."""

    width: int
    height: int
    fps: int
    video_rate: int
    audio_rate: int
    shortest: int
    longest: int
    wished: int
    transitions: bool = True
    sample_rate: int = 48_000

    @property
    def vertical(self) -> bool:
        """Taller than wide."""
        return self.height > self.width


PROFILES: dict[VideoFormat, Profile] = {
    VideoFormat.STANDARD: Profile(1920, 1080, 30, 5000, 192, 300, 600, 300),
    VideoFormat.LONG: Profile(1920, 1080, 30, 5000, 192, 600, 1200, 600),
    VideoFormat.SHORT: Profile(1080, 1920, 30, 4000, 192, 30, 60, 45),
    VideoFormat.ECONOMY: Profile(1280, 720, 24, 2500, 128, 20, 1200, 60, transitions=False),
}


def profile_of(format: VideoFormat, level: Level) -> Profile:
    """The profile of a video. At level economy a horizontal film is 720p at 24 fps with plain cuts."""
    if level is Level.ECONOMY and format in (VideoFormat.STANDARD, VideoFormat.LONG):
        asked, small = PROFILES[format], PROFILES[VideoFormat.ECONOMY]
        return Profile(
            small.width, small.height, small.fps, small.video_rate, small.audio_rate,
            asked.shortest, asked.longest, asked.wished, transitions=False,
        )  # fmt: skip
    return PROFILES[format]


def scene_frames(seconds: float, fps: int) -> int:
    """Frames of a scene whose sound lasts `seconds`: the nearest whole number, one at least.

    Plan, captions and sound all lay scenes end to end in these frames, so that none drifts from another.
    """
    return max(1, int(seconds * fps + 0.5))


def scene_starts(seconds: Iterable[float], fps: int) -> tuple[float, ...]:
    """Where each scene begins in the film, in seconds, and as the last value where the film ends."""
    at, starts = 0, [0.0]
    for one in seconds:
        at += scene_frames(one, fps)
        starts.append(at / fps)
    return tuple(starts)
