"""What an operator's own file is: a still or a clip that can be read to its end, or a message that says what to do."""

from __future__ import annotations

import warnings
from contextlib import closing
from itertools import islice
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from activities.footage.faces import LOOK
from activities.footage.focus import focus_of
from activities.render.moving import LARGEST_FRAME, VideoFile, animation
from models.errors import MediaError
from models.videos.media_facts import PICTURE_FORMATS, MediaFacts

STILLS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif"})
CLIPS = frozenset({".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".3gp", ".mts", ".m2ts"})
MOVING_FORMATS = frozenset({"GIF", "WEBP", "AVIF", "PNG"})
"""Pictures that may hold several to be shown in turn; those of a TIFF are pages."""
SHORTEST_CLIP = 0.04
"""Seconds; what is shorter is one picture."""
LARGEST_PIXELS = 120_000_000
CLIP_LOOK = 320
"""Pixels of the longer side at which a clip's pictures are looked at, which are several."""
_HINT = "Open it in a viewer, save it anew (pictures as PNG or JPEG, clips as MP4 with H.264), and ask for the video again."


def look_at(path: Path, name: str) -> MediaFacts:
    """What a file is, found by decoding it: a still whole, a clip at its beginning and end.

    Raises:
        MediaError: it is empty, no picture or clip, broken, cut off, or far too large; `name` is in the message.
    """
    if path.stat().st_size == 0:
        raise MediaError(f"{name} is empty.", hint=_HINT, field="media")
    if Path(name).suffix.casefold() in CLIPS:
        return _clip(path, name)
    try:
        return _still(path, name)
    except UnidentifiedImageError:
        return _clip(path, name)


def _still(path: Path, name: str) -> MediaFacts:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=PICTURE_FORMATS) as picture:
                width, height = picture.size
                if width * height > LARGEST_PIXELS:
                    raise MediaError(
                        f"{name} is {width} x {height} pixels, which is too large.", hint="Scale it to 8000 pixels at most."
                    )
                if getattr(picture, "n_frames", 1) > 1 and picture.format in MOVING_FORMATS:
                    return _clip(path, name) if picture.format == "GIF" else _animation(picture)
                turned = picture.getexif().get(0x0112, 1) in (5, 6, 7, 8)
                see_through = picture.has_transparency_data
                picture.load()
                focus = focus_of([_seen(picture)])
    except UnidentifiedImageError:
        raise
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise MediaError(f"The picture {name} cannot be read ({_why(error)}).", hint=_HINT, field="media") from error
    if min(width, height) < 16:
        raise MediaError(
            f"The picture {name} is only {width} x {height} pixels.", hint="Give one of 640 pixels or more.", field="media"
        )
    size = (height, width) if turned else (width, height)
    return MediaFacts("still", *size, focus=focus[:2], face=focus.face, see_through=see_through and _is_clear(path))


def _animation(picture: Image.Image) -> MediaFacts:
    """Of a picture that moves: every frame is decoded, one after the other, and a few looked at."""
    seconds, see_through, looks = 0.0, False, []
    count = getattr(picture, "n_frames", 1)
    for number, shown in animation(picture):
        seconds += shown
        if number in (0, count // 3, count // 3 + 1, 2 * count // 3, 2 * count // 3 + 1):
            looks.append(_seen(picture))
            see_through = see_through or _clear(picture)
    focus = focus_of(looks)
    return MediaFacts("clip", *picture.size, seconds, focus=focus[:2], face=focus.face, see_through=see_through)


def _is_clear(path: Path) -> bool:
    """Whether something can be seen through a picture that has alpha: many have it and are solid."""
    with Image.open(path, formats=PICTURE_FORMATS) as picture:
        return _clear(picture)


def _clear(picture: Image.Image) -> bool:
    small = picture.convert("RGBA")
    small.thumbnail((512, 512))
    return bool(small.getchannel("A").getextrema()[0] < 250)  # type: ignore[operator]


def _seen(picture: Image.Image) -> NDArray[np.uint8]:
    """A still as a viewer sees it, small; what is see-through is grey."""
    small = ImageOps.exif_transpose(picture)
    small.thumbnail((LOOK, LOOK))
    clear = small.convert("RGBA")
    ground = Image.new("RGBA", clear.size, (128, 128, 128, 255))
    return np.asarray(Image.alpha_composite(ground, clear).convert("RGB"), np.uint8)


def _clip(path: Path, name: str) -> MediaFacts:
    try:
        with closing(VideoFile(path)) as clip:
            if clip.size[0] * clip.size[1] > LARGEST_FRAME:
                raise MediaError(
                    f"The clip {name} is {clip.size[0]} x {clip.size[1]} pixels, which is too large.",
                    hint="Scale it to 3840 x 2160 pixels or less.",
                    field="media",
                )
            first = next(clip.moments(0.0), None)
            if first is None:
                raise MediaError(f"The clip {name} has no frame that can be read.", hint=_HINT, field="media")
            seconds = clip.seconds
            if seconds > 1.0:
                _reach_end(clip, seconds, name)
            focus = focus_of(_looks(clip, seconds) or [_upright(first.frame)])
            facts = MediaFacts(
                "clip", *_shown_size(clip, first.frame), max(seconds, SHORTEST_CLIP), clip.sound,
                focus[:2], _is_clear_frame(first.frame), focus.face,
            )  # fmt: skip
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"{name} is no picture or clip that can be read ({_why(error)}).", hint=_HINT, field="media") from error
    return _still(path, name) if seconds < SHORTEST_CLIP + 0.01 and _is_picture(path) else facts


def _shown_size(clip: VideoFile, first: av.VideoFrame) -> tuple[int, int]:
    """Pixels as a player shows them: pixels that are not square widen the picture, and it may lie on its side."""
    width, height = round(first.width * clip.pixel_aspect), first.height
    return (height, width) if round(first.rotation / 90) % 2 else (width, height)


def _is_clear_frame(first: av.VideoFrame) -> bool:
    """Whether something can be seen through a frame."""
    if first.format.name != "pal8" and not any(part.is_alpha for part in first.format.components):
        return False
    return bool(first.reformat(format="rgba").to_ndarray()[..., 3].min() < 250)


def _is_picture(path: Path) -> bool:
    try:
        with Image.open(path, formats=PICTURE_FORMATS):
            return True
    except (OSError, ValueError):
        return False


def _looks(clip: VideoFile, seconds: float) -> list[NDArray[np.uint8]]:
    """A few pictures of a clip, from pairs of neighbours that show what moves."""
    return [
        _upright(moment.frame)
        for part in (0.15, 0.5, 0.85)
        for number, moment in enumerate(islice(clip.moments(part * seconds), 5))
        if number in (0, 4)
    ]


def _upright(frame: av.VideoFrame) -> NDArray[np.uint8]:
    part = CLIP_LOOK / max(frame.width, frame.height)
    width, height = (max(2 * round(side * part / 2), 16) for side in (frame.width, frame.height))
    small = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
    return np.ascontiguousarray(np.rot90(small, round(getattr(frame, "rotation", 0) / 90)))


def _why(error: Exception) -> str:
    """The reason without the path under which the file is kept."""
    return getattr(error, "strerror", None) or str(error)


def _reach_end(clip: VideoFile, seconds: float, name: str) -> None:
    """See that the last second is there: a file that was cut off opens well and ends early."""
    last = max((moment.at for moment in clip.moments(seconds - 1.0)), default=0.0)
    if last < seconds - 1.5:
        raise MediaError(
            f"The clip {name} breaks off at {last:.1f} s of its {seconds:.1f} s; the file is not whole.",
            hint="Copy it again from where it came.",
            field="media",
        )
