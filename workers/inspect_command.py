"""`ytempire inspect FILM`: the film as one picture, for people who would rather look."""

from __future__ import annotations

import threading
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

from activities.quality.facts import FilmFacts, clock
from activities.quality.film import PyavInspector
from activities.render.subtitles import read_srt
from models.errors import InvalidRequest, MediaError, NotFound
from workers.contact_sheet import Sheet, Shot, draw

SHOTS = 24


def contact_sheet(film: Path, out: Path, captions: Path | None = None) -> FilmFacts:
    """Write the contact sheet of a film as PNG: pictures with times, waveform, loudness and captions.

    `captions` is an SRT or WebVTT file; None takes the one that lies beside the film.

    Raises:
        NotFound: the film or the captions do not exist.
        MediaError: the film cannot be opened or has no picture.
        InvalidRequest: the sheet cannot be written.
    """
    for asked in (film, captions):
        if asked is not None and not asked.is_file():
            raise NotFound(f"There is no file {asked}.", hint="Give the path of a film, such as films/NAME/video.mp4.")
    grabber = _Grabber(_seconds(film))
    facts = PyavInspector(look=grabber.see).inspect(film, [], lambda _: None)
    if facts.picture is None or not grabber.shots:
        why = facts.unreadable or "it has no picture"
        raise MediaError(f"{film.name} cannot be shown: {why}.", hint="Check that it is a finished MP4 file.")
    beside = captions or _beside(film)
    cues = read_srt(beside.read_text("utf-8", "replace")) if beside else []
    sheet = Sheet(film.name, grabber.shots, cues, facts, _odd(facts))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draw(sheet).save(out, "PNG")
    except OSError as error:
        raise InvalidRequest(
            f"{out} cannot be written: {error.strerror or error}.", hint="Choose another place with --out."
        ) from error
    return facts


def show_film(film: Path, out: Path | None, captions: Path | None) -> int:
    """`ytempire inspect`: writes the sheet, prints what is odd and where the sheet lies; gives the exit code."""
    film = _film_in(film)
    target = out or film.with_name(f"{film.stem}-sheet.png")
    facts = contact_sheet(film, target, captions)
    for line in _odd(facts):
        print(f"! {line}")
    print(target)
    return 0


def _film_in(path: Path) -> Path:
    """The film itself, or the only one in a folder."""
    found = sorted(path.glob("*.mp4")) if path.is_dir() else [path]
    if len(found) != 1:
        raise NotFound(f"{path} holds {len(found)} films (MP4), not one.", hint="Name the film itself.")
    return found[0]


def _seconds(film: Path) -> float:
    try:
        with av.open(str(film)) as file:
            return float(file.duration or 0) / 1_000_000
    except (FFmpegError, OSError, ValueError):
        return 0.0


class _Grabber:
    """Keeps pictures at even distances while the film is decoded once, by several threads."""

    def __init__(self, seconds: float) -> None:
        self._step = seconds / SHOTS
        self._found: dict[int, Shot] = {}
        self._lock = threading.Lock()

    @property
    def shots(self) -> list[Shot]:
        """In the film's order."""
        return [shot for _, shot in sorted(self._found.items())]

    def see(self, at: float, frame: av.VideoFrame) -> None:
        """A picture goes by: it is kept if it is the first one after the middle of a step."""
        step = int(at / self._step - 0.5) if self._step and at >= self._step / 2 else -1
        with self._lock:
            kept = self._found.get(step)
            if step < 0 or (kept is not None and kept.at <= at):
                return
            tall = frame.height > frame.width
            width = 120 if tall else 256
            height = max(2, round(width * frame.height / frame.width))
            small = frame.reformat(width=width, height=height, format="rgb24", src_colorspace="ITU709", interpolation="AREA")
            self._found[step] = Shot(at, np.asarray(small.to_ndarray(), np.uint8))


def _beside(film: Path) -> Path | None:
    """The captions that belong to a film: of its name, or the only ones in its folder."""
    for suffix in (".srt", ".vtt"):
        if film.with_suffix(suffix).is_file():
            return film.with_suffix(suffix)
    found = sorted(film.parent.glob("*.srt"))
    return found[0] if len(found) == 1 else None


def _odd(facts: FilmFacts) -> list[str]:
    """What a person should look at, in words. Without the plan of the film nothing is known of what was meant."""
    assert facts.picture is not None
    found = [f"black from {clock(span.start)} to {clock(span.end)}" for span in facts.picture.black]
    found += [f"no movement from {clock(span.start)} to {clock(span.end)}" for span in facts.picture.frozen]
    found += [f"flashing from {clock(span.start)} to {clock(span.end)}" for span in facts.picture.flashing]
    found += [f"damaged at {clock(at)}" for at in facts.picture.corrupt[:3]]
    found += [f"{kind} not decodable at about {clock(at)}" for kind, at in facts.undecodable[:3]]
    if facts.file.missing:
        found.append(f"the file is cut off, {facts.file.missing:,} bytes are missing")
    if facts.sound is None:
        return [*found, "no sound track"]
    return found + [f"silent from {clock(span.start)} to {clock(span.end)}" for span in facts.sound.silent]
