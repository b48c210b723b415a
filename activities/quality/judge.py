"""From what was measured on a film and what was planned to a verdict that a person can read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from activities.quality.facts import LEVELS_A_SECOND, FilmFacts, PictureFacts, SoundFacts, Span, clock
from activities.render.timeline import CaptionPages, Clip, Timeline
from models.videos.contracts import VideoFormat
from models.videos.finishing import Problem, QualityReport
from models.videos.formats import PROFILES

PARTS = {"file": 0.15, "picture": 0.25, "sound": 0.25, "timing": 0.15, "captions": 0.1, "text": 0.1}
"""The parts of the score and their weights. A note costs its part 15 points, something fatal 70."""
PART_OF = {
    "opening": "file", "truncation": "file", "faststart": "file", "format": "file", "rate": "file",
    "black": "picture", "frozen": "picture", "flash": "picture", "corrupt": "picture",
    "silence": "sound", "loudness": "sound", "true peak": "sound",
    "length": "timing", "frames": "timing", "sync": "timing",
    "captions": "captions", "text": "text", "duplicate": "text",
}  # fmt: skip
BLACK_ALLOWED = 1.0
"""Seconds of black that a cut, a beginning or an end may have without having been planned."""
STILL_NOTED = 8.0
"""Seconds without any change after which a picture is worth a note, even where nothing says that it should have moved."""
WISHED_SECONDS, WISHED_SHARE = 4.0, 0.15
"""How far a film may be from the length that was asked for: a voice is never as fast as it was expected to be."""
SYNC = 0.020
SILENCE_NOTED, SILENCE_FATAL = 2.0, 4.0
"""Seconds without a sound in a film with music; under a clip that is heard itself the music is silent, and the clip may be."""
LOUDNESS_NOTED, LOUDNESS_FATAL = 0.5, 1.0
SPOKEN_DB = 24.0
"""How far under the film's loudness a word may be and still be heard."""


def judge(
    facts: FilmFacts,
    timeline: Timeline,
    captions: CaptionPages,
    format: VideoFormat,
    text: Sequence[Problem] = (),
    *,
    wished: int | None = None,
) -> QualityReport:
    """The verdict. `text`: what was found in the words; `wished`: the length that was asked for, in seconds."""
    if facts.picture is None or not facts.picture.frames:
        problems = [Problem(check="opening", message=f"The film cannot be shown: {_why(facts)}."), *_file(facts)]
        return QualityReport(passed=False, score=0.0, parts=dict.fromkeys(PARTS, 0.0), measured={}, problems=tuple(problems))
    found: list[Problem] = [
        *_file(facts),
        *_format(facts.picture, facts.sound, timeline),
        *_length(facts.picture, timeline, format, wished),
    ]
    found += _pictures(facts.picture, timeline, captions)
    if facts.sound is None:
        found.append(Problem(check="format", message="The film has no sound track."))
    else:
        found += [*_sounds(facts.sound, timeline, captions), *_sync(facts.picture, facts.sound)]
    found += [*_captions(facts.sound, timeline, captions), *text]
    parts = {part: max(0.0, 100.0 - sum(70.0 if p.fatal else 15.0 for p in found if PART_OF[p.check] == part)) for part in PARTS}
    return QualityReport(
        passed=not any(problem.fatal for problem in found),
        score=round(sum(parts[part] * weight for part, weight in PARTS.items()), 1),
        parts=parts,
        measured=_measured(facts.picture, facts.sound),
        problems=tuple(sorted(found, key=lambda problem: (not problem.fatal, problem.start or 0.0))),
    )


def _why(facts: FilmFacts) -> str:
    return facts.unreadable or ("no frame of it can be decoded" if facts.picture else "the file holds no video stream")


def _span(span: Span) -> str:
    return f"from {clock(span.start)} to {clock(span.end)} ({span.seconds:.1f} s)"


def _over(check: str, span: Span, message: str, *, fatal: bool = True) -> Problem:
    return Problem(check=check, message=message, start=round(span.start, 3), end=round(span.end, 3), fatal=fatal)


# --- the file ---------------------------------------------------------------------------------------------------------


def _file(facts: FilmFacts) -> Iterator[Problem]:
    if facts.breaks_off is not None:
        at = facts.breaks_off
        yield _over("truncation", Span(at, at), f"The file breaks off at {clock(at)}.")
    for kind, name in (("video", "picture"), ("audio", "sound")):
        times = [at for what, at in facts.undecodable if what == kind]
        if times:
            more = f" and {len(times) - 5} more places" if len(times) > 5 else ""
            listed = ", ".join(dict.fromkeys(clock(at) for at in times[:5]))
            yield _over("corrupt", Span(times[0], times[-1]), f"The {name} cannot be decoded at about {listed}{more}.")
    if not facts.file.mp4:
        return
    if facts.file.missing:
        yield Problem(check="truncation", message=f"The file is cut off: {facts.file.missing:,} of its bytes are missing.")
    if not facts.file.moov:
        yield Problem(check="truncation", message="The file's index (moov) is missing: writing it was not finished.")
    elif not facts.file.moov_first:
        yield Problem(check="faststart", message="The index (moov) lies behind the data: a viewer waits for the whole file.")


def _format(picture: PictureFacts, sound: SoundFacts | None, timeline: Timeline) -> Iterator[Problem]:
    wanted = timeline.output
    checks: list[tuple[str, object, object]] = [
        ("Picture size", f"{picture.width}x{picture.height}", f"{wanted.width}x{wanted.height}"),
        ("Frames a second", f"{picture.fps:g}", f"{wanted.fps}"),
        ("Video codec", picture.codec, "h264"),
        ("H.264 profile", picture.profile, "High"),
        ("Pixel format", picture.pixels, "yuv420p"),
        ("Colour tags", _colours(picture.colours), _colours((1, 1, 1, 1))),
    ]
    if sound is not None:
        checks += [
            ("Audio codec", sound.codec, "aac"),
            ("Sample rate", sound.sample_rate, wanted.sample_rate),
            ("Audio channels", sound.channels, 2),
        ]
    for name, has, should in checks:
        if has != should:
            yield Problem(check="format", message=f"{name}: {has} instead of {should}.")
    if picture.keyframe_gap > 2.0 + 1.5 / wanted.fps:
        yield Problem(check="format", message=f"Keyframes are up to {picture.keyframe_gap:.2f} s apart, not 2 s.")
    if picture.rate > 1.3 * wanted.video_rate:
        yield Problem(
            check="rate", message=f"The video takes {picture.rate:,.0f} kb/s where {wanted.video_rate:,} were planned.", fatal=False
        )


def _colours(tags: tuple[int, int, int, int]) -> str:
    names = {1: "BT.709", 2: "unknown", 5: "BT.601", 6: "BT.601", 9: "BT.2020"}
    ranges = {0: "unknown range", 1: "limited range", 2: "full range"}
    same = len(set(tags[:3])) == 1
    named = names.get(tags[0], str(tags[0])) if same else "/".join(names.get(tag, str(tag)) for tag in tags[:3])
    return f"{named}, {ranges.get(tags[3], str(tags[3]))}"


def _length(picture: PictureFacts, timeline: Timeline, format: VideoFormat, asked: int | None) -> Iterator[Problem]:
    if abs(picture.frames - timeline.frames) > 0:
        yield Problem(
            check="frames",
            message=f"The film has {picture.frames:,} frames ({clock(picture.frames / timeline.output.fps)}); "
            f"{timeline.frames:,} ({clock(timeline.seconds)}) were planned.",
            fatal=abs(picture.frames - timeline.frames) > 1,
        )
    if picture.declared and picture.declared != picture.frames:
        yield Problem(check="frames", message=f"The file announces {picture.declared:,} frames; {picture.frames:,} can be decoded.")
    if picture.uneven:
        at = picture.uneven[0]
        yield _over("frames", Span(at, at), f"Frames come at uneven times, first at {clock(at)}.")
    profile, seconds = PROFILES[format], picture.end - picture.start
    if format is VideoFormat.SHORT and seconds > profile.longest + 0.05:
        yield Problem(check="length", message=f"The film lasts {clock(seconds)}; a short may last {profile.longest} s at most.")
    elif asked is not None:
        if abs(seconds - asked) > max(WISHED_SECONDS, WISHED_SHARE * asked):
            yield Problem(check="length", message=f"The film lasts {clock(seconds)}; {clock(asked)} was asked for.", fatal=False)
    elif not profile.shortest - 0.5 <= seconds <= profile.longest + 0.5:
        wished = f"{clock(profile.shortest)} to {clock(profile.longest)}"
        yield Problem(check="length", message=f"The film lasts {clock(seconds)}; the format {format} is {wished}.", fatal=False)


# --- pictures ---------------------------------------------------------------------------------------------------------


def _pictures(picture: PictureFacts, timeline: Timeline, captions: CaptionPages) -> Iterator[Problem]:
    for span in picture.black:
        planned = sum(span.overlap(fade) for fade in _fades(timeline))
        if span.seconds - planned > BLACK_ALLOWED:
            yield _over("black", span, f"The picture is black {_span(span)}.")
    for span in picture.frozen:
        reason = _should_have_changed(span, timeline, captions)
        if reason:
            yield _over("frozen", span, f"The picture stands still {_span(span)}, though {reason}.")
        elif span.seconds >= STILL_NOTED:
            yield _over("frozen", span, f"Nothing moves {_span(span)}.", fatal=False)
    for span in picture.flashing:
        yield _over(
            "flash", span,
            f"The picture flashes over three times a second {_span(span)}{_shown(span, timeline)}: dangerous for some viewers.",
        )  # fmt: skip
    if picture.corrupt:
        yield _over(
            "corrupt", Span(picture.corrupt[0], picture.corrupt[-1]),
            f"Pictures are damaged at {', '.join(clock(at) for at in picture.corrupt[:5])}.",
        )  # fmt: skip


def _shown(span: Span, timeline: Timeline) -> str:
    """Which scene of the script is seen in the middle of a span, and whether it shows a clip."""
    frame = (span.start + span.end) / 2 * timeline.output.fps
    seen = next((scene for scene in reversed(timeline.scenes) if scene.first_frame <= frame), timeline.scenes[0])
    clip = next((layer for layer in seen.layers if isinstance(layer, Clip)), None)
    what = f"scene {seen.index - timeline.first_scene + 1}"
    return f", in {f'the clip of {what}' if clip else what}"


def _fades(timeline: Timeline) -> Iterator[Span]:
    for scene in timeline.scenes:
        if scene.transition.kind == "fade_black":
            at = scene.first_frame / timeline.output.fps
            yield Span(at - scene.transition.seconds, at + scene.transition.seconds)


def _should_have_changed(span: Span, timeline: Timeline, captions: CaptionPages) -> str:
    """What the plan changes inside the span, beyond doubt; empty when the picture may just be calm."""

    def inside(at: float) -> bool:
        return span.start + 0.5 < at < span.end - 0.5

    changes = [after for before, after in pairwise(timeline.scenes) if before.layers != after.layers]
    scenes = [scene.index for scene in changes if inside(scene.first_frame / timeline.output.fps)]
    if scenes:
        return f"scene {scenes[0] + 1} begins there"
    pages = [page.start for page in captions.pages if inside(page.start)] if timeline.caption_style else []
    return f"a new caption was due at {clock(pages[0])}" if pages else ""


# --- sound ------------------------------------------------------------------------------------------------------------


def _sounds(sound: SoundFacts, timeline: Timeline, captions: CaptionPages) -> Iterator[Problem]:
    track = timeline.sound
    if not (track.music or (track.speech and sound.voice)):
        return
    for at in sound.unheard:
        yield _over("silence", Span(at, at), f"The speech planned at {clock(at)} is not heard.")
    for span in sound.silent:
        words = sum(span.overlap(Span(word.start, word.end)) for page in captions.pages for line in page.lines for word in line)
        spoken_over = sound.voice and words > 0.5
        unplanned = span.seconds - sum(
            span.overlap(Span(one.at, one.at + (one.seconds or timeline.seconds))) for one in track.clips
        )
        if spoken_over or (track.music and unplanned >= SILENCE_NOTED):
            during = " while somebody should speak" if spoken_over else ""
            yield _over("silence", span, f"Nothing is heard {_span(span)}{during}.", fatal=spoken_over or unplanned > SILENCE_FATAL)
    away = sound.loudness - track.loudness
    if abs(away) > LOUDNESS_NOTED:
        yield Problem(
            check="loudness",
            message=f"The film is at {sound.loudness:.1f} LUFS, {abs(away):.1f} LU too {'loud' if away > 0 else 'quiet'}.",
            fatal=abs(away) > LOUDNESS_FATAL,
        )
    over = sound.true_peak - track.true_peak
    if over > 0.05:
        yield Problem(
            check="true peak",
            message=f"The true peak is {sound.true_peak:.1f} dBTP, over the {track.true_peak:.1f} allowed.",
            fatal=over > 0.5,
        )


def _sync(picture: PictureFacts, sound: SoundFacts) -> Iterator[Problem]:
    apart = sound.start - picture.start
    if abs(apart) > SYNC:
        yield Problem(check="sync", message=f"The sound begins {_late(apart)} the picture.")
    tail = sound.end - picture.end
    if abs(tail) > 0.1:
        yield Problem(check="sync", message=f"The sound ends {_late(tail)} the picture.", fatal=abs(tail) > 0.5)
    for at, late in sound.offsets:
        if abs(late) > SYNC:
            yield _over("sync", Span(at, at), f"Speech planned at {clock(at)} is heard {_late(late)} its picture.")


def _late(seconds: float) -> str:
    return f"{abs(seconds) * 1000:.0f} ms {'after' if seconds > 0 else 'before'}"


# --- captions ---------------------------------------------------------------------------------------------------------


def _captions(sound: SoundFacts | None, timeline: Timeline, captions: CaptionPages) -> Iterator[Problem]:
    for left, right in pairwise(captions.pages):
        if right.start < left.end - 0.001:
            yield _over("captions", Span(right.start, left.end), f"Two captions lie over each other at {clock(right.start)}.")
    late = [page for page in captions.pages if page.end > timeline.seconds + 0.05]
    if late:
        yield _over(
            "captions", Span(late[0].start, late[0].end), f"A caption at {clock(late[0].start)} lasts beyond the film's end."
        )
    if sound is None or not sound.voice:
        return
    for page, share in _unheard(sound, captions):
        yield _over("captions", page, f"The captions {_span(page)} do not follow the speech: {share:.0%} of the words are heard.")


def _unheard(sound: SoundFacts, captions: CaptionPages) -> Iterator[tuple[Span, float]]:
    """Stretches of about half a minute in which fewer than half of the captions' words are over a sound."""
    floor = sound.loudness - SPOKEN_DB
    words = [word for page in captions.pages for line in page.lines for word in line]
    for first in range(0, len(words), 60):
        group = words[first : first + 60]
        heard = [_loudest(sound, word.start, word.end) > floor for word in group]
        if len(group) >= 4 and sum(heard) < 0.5 * len(group):
            yield Span(group[0].start, group[-1].end), sum(heard) / len(group)


def _loudest(sound: SoundFacts, start: float, end: float) -> float:
    first, last = int(start * LEVELS_A_SECOND), int(end * LEVELS_A_SECOND) + 1
    return max(sound.levels[first:last], default=-120.0)


# --- figures ----------------------------------------------------------------------------------------------------------


def _measured(picture: PictureFacts, sound: SoundFacts | None) -> dict[str, float]:
    figures = {
        "seconds": picture.end - picture.start,
        "frames": float(picture.frames),
        "video_kbps": picture.rate,
        "keyframe_seconds": picture.keyframe_gap,
        "black_seconds": _total(picture.black),
        "frozen_seconds": _total(picture.frozen),
        "flashes_a_second": picture.flashes,
    }
    if sound is not None:
        figures |= {
            "audio_kbps": sound.rate,
            "loudness_lufs": sound.loudness,
            "true_peak_dbtp": sound.true_peak,
            "silent_seconds": _total(sound.silent),
            "start_offset_ms": (sound.start - picture.start) * 1000,
        }
        if sound.offsets:
            figures["speech_offset_ms"] = max((late * 1000 for _, late in sound.offsets), key=abs)
    return {name: round(value, 3) for name, value in figures.items()}


def _total(spans: Iterable[Span]) -> float:
    return sum(span.seconds for span in spans)
