"""The plan of a film: script, speech, takes and captions become the timeline."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

from activities.render.bookends import Bookend, lead
from activities.render.designs import Frame, Timing, ground_of, take_layers
from activities.render.designs.idents import ident_layers
from activities.render.designs.titles import SPLIT_TITLE
from activities.render.ingredients import Ingredients
from activities.render.phrases import RTL_LANGUAGES, language_of
from activities.render.timeline import (
    CaptionStyle,
    Ease,
    Effect,
    Font,
    ImageContent,
    Key,
    Layer,
    Music,
    Output,
    Scene,
    ShapeContent,
    Sound,
    SoundTrack,
    Sprite,
    TextContent,
    Timeline,
    Transition,
)
from models.ids import digest_of
from models.videos.contracts import Palette, SceneKind, Take
from models.videos.formats import Profile, scene_frames, scene_starts
from models.videos.palettes import ink_on, luminance, mix, niche_family, palette_for, with_alpha

VERSION = 12
"""Raised when the same inputs shall give another plan; part of the plan's digest."""

TAIL = 0.8
"""Seconds that the last picture stays after the last word, where the format's length allows."""

MOODS = {
    "science": "curious", "technology": "bright", "finance": "warm", "history": "epic", "health": "calm", "nature": "warm",
    "food": "playful", "story": "warm", "general": "calm",
}  # fmt: skip
"""The music's mood by family of niches."""
_TENSE = ("horror", "crime", "mystery", "thriller", "war")

_SERIF = frozenset({"history", "food", "story"})
"""Families of niches whose large words are set in the serif typeface."""


def plan(parts: Ingredients) -> Timeline:
    """The timeline of a film. Equal ingredients give an equal plan.

    Raises:
        ValueError: speech and takes are not of the same scenes.
    """
    if len(parts.speech) != len(parts.takes) or not parts.takes:
        raise ValueError(f"a film of {len(parts.takes)} takes cannot have {len(parts.speech)} pieces of speech")
    profile = parts.profile
    frame = Frame(profile.width, profile.height)
    before = lead(parts.ends, profile.fps)
    starts = [before / profile.fps + start for start in scene_starts((one.seconds for one in parts.speech), profile.fps)]
    frames = [scene_frames(speech.seconds, profile.fps) for speech in parts.speech]
    frames[-1] += _tail_frames(profile, starts[-1], parts.ends.outro)
    transitions = [_fitted(one, count / profile.fps) for one, count in zip(_transitions(parts), frames, strict=True)]
    following = (*transitions[1:], _into_ident(parts) if parts.ends.outro else Transition())
    palette = _palette(parts)
    scenes = _ident(parts.ends.intro, parts, frame, palette, index=0, first=0, over=transitions[0].seconds)
    first = before
    for speech, take, count, moved, over in zip(parts.speech, parts.takes, frames, transitions, following, strict=True):
        timing = Timing(count / profile.fps, speech.words, enter=0.1 + moved.seconds * 0.5, over=over.seconds)
        layers = tuple(_layers(take, frame, timing, parts))
        scenes.append(Scene(index=len(scenes), first_frame=first, frames=count, layers=layers, transition=moved))
        first += count
    told = (*starts[:-1], first / profile.fps)
    scenes += _ident(parts.ends.outro, parts, frame, palette, index=len(scenes), first=first)
    return Timeline(
        title=parts.script.title,
        output=_output(profile),
        scenes=tuple(scenes),
        captions=parts.captions.pages,
        caption_style=caption_style(frame, palette),
        overlays=tuple(_overlays(parts, frame, palette, told)),
        sound=_sound(parts, starts, transitions, told[-1]),
        first_scene=1 if parts.ends.intro else 0,
    )


def _ident(
    end: Bookend | None, parts: Ingredients, frame: Frame, palette: Palette, *, index: int, first: int, over: float = 0.0
) -> list[Scene]:
    """The scene of an intro or outro; none where there is none. The next one takes `over` seconds to come in."""
    if end is None:
        return []
    seed = int(digest_of("ident", parts.channel, end.closing)[:8], 16)
    layers = ident_layers(
        end, frame, palette, channel=parts.channel, logo=parts.logo, seed=seed, language=parts.script.language,
        serif=niche_family(parts.niche) in _SERIF, over=over,
    )  # fmt: skip
    transition = _into_ident(parts) if index else Transition()
    frames = scene_frames(end.seconds, parts.profile.fps)
    return [Scene(index=index, first_frame=first, frames=frames, layers=tuple(layers), transition=transition)]


def _into_ident(parts: Ingredients) -> Transition:
    """How an outro comes in."""
    return Transition(kind="crossfade", seconds=0.5) if parts.profile.transitions else Transition()


def caption_style(frame: Frame, palette: Palette) -> CaptionStyle:
    """Captions of a film: bold, the spoken word in the brand's colour; on a dark plate where the palette is light."""
    light = luminance(palette.background) > 0.4
    area = frame.captions
    size = 58 * frame.unit if frame.vertical else 50 * frame.unit
    plate = with_alpha("#0a0c12", 0.8) if light else with_alpha(palette.background, 0.84)
    return CaptionStyle(
        font=Font(family="text", size=size, weight=700, colour="#ffffff", outline=2.5 * frame.unit, outline_colour="#05070c",
                  line_height=1.18, align="center"),
        highlight="#ffd54a" if light else palette.accent,
        bottom=area.bottom - 0.25 * size,
        width=area.width,
        centre=area.middle,
        plate=plate,
    )  # fmt: skip


def _layers(take: Take, frame: Frame, timing: Timing, parts: Ingredients) -> list[Layer]:
    serif = niche_family(parts.niche) in _SERIF
    return take_layers(take, frame, timing, channel=parts.channel, serif=serif)


def _palette(parts: Ingredients) -> Palette:
    designs = [take.design for take in parts.takes if take.design is not None]
    return parts.palette or (designs[0].palette if designs else palette_for(parts.niche, parts.channel_id))


def _output(profile: Profile) -> Output:
    return Output(
        width=profile.width, height=profile.height, fps=profile.fps, video_rate=profile.video_rate, audio_rate=profile.audio_rate,
        sample_rate=profile.sample_rate,
    )  # fmt: skip


def _tail_frames(profile: Profile, seconds: float, outro: Bookend | None) -> int:
    """Frames that the last picture stays for, never over the format's longest."""
    after = outro.seconds if outro else 0.0
    return max(0, round(min(TAIL, profile.longest - seconds - after) * profile.fps))


def _transitions(parts: Ingredients) -> list[Transition]:
    """How each scene comes in: mostly crossfades, now and then a slide or wipe; one kind leads a film, by its seed."""
    if not parts.profile.transitions:
        return [Transition() for _ in parts.takes]
    leading = random.Random(digest_of("transitions", parts.script.title, parts.channel_id)).choice(("slide", "wipe", "slide"))
    ways: tuple[Literal["left", "up"], ...] = ("left", "up") if parts.profile.vertical else ("left", "left", "up")
    found = [Transition(kind="crossfade", seconds=0.5) if parts.ends.intro else Transition()]
    for take in parts.takes[1:]:
        rng = random.Random(digest_of("transition", parts.script.title, take.scene))
        last_card = take.design is not None and take.design.kind is SceneKind.END_CARD
        if last_card or found[-1].kind in ("slide", "wipe") or rng.random() < 0.4:
            found.append(Transition(kind="crossfade", seconds=0.5))
        elif leading == "slide":
            found.append(Transition(kind="slide", seconds=0.6, direction=rng.choice(ways)))
        else:
            found.append(Transition(kind="wipe", seconds=0.6, direction=rng.choice(ways)))
    return found


def _fitted(transition: Transition, seconds: float) -> Transition:
    """A transition takes a third of its scene at most."""
    if transition.seconds <= seconds / 3:
        return transition
    return transition.model_copy(update={"seconds": seconds / 3}) if seconds > 0.6 else Transition()


def _sound(parts: Ingredients, starts: Sequence[float], transitions: Sequence[Transition], end: float) -> SoundTrack:
    """Speech where its scene begins, a bed of the niche's mood, and a whoosh where a picture slides or wipes in, not too often;
    what is heard on an intro and outro themselves, this one from `end` on."""
    speech = tuple(Sound(media=one.audio, at=start) for one, start in zip(parts.speech, starts, strict=False))
    effects: list[Effect] = []
    for start, transition in zip(starts, transitions, strict=False):
        if transition.kind in ("slide", "wipe") and (not effects or start - effects[-1].at > 12):
            effects.append(Effect(kind="whoosh", at=max(0.0, start - 0.1), gain_db=-22.0))
    seed = int(digest_of("music", parts.script.title, parts.channel_id)[:8], 16)
    tense = any(word.startswith(_TENSE) for word in parts.niche.casefold().split())
    mood = "tense" if tense else MOODS[niche_family(parts.niche)]
    clips = tuple(
        Sound(media=one.media, at=at, seconds=one.seconds)
        for one, at in ((parts.ends.intro, 0.0), (parts.ends.outro, end))
        if one and one.media and one.sound
    )
    return SoundTrack(speech=speech, clips=clips, music=Music(media=parts.music, seed=seed, mood=mood), effects=tuple(effects))


def _overlays(parts: Ingredients, frame: Frame, palette: Palette, starts: Sequence[float]) -> list[Sprite]:
    """Over every scene of the script: a slim line of progress (a vertical film has the app's own), and the channel's logo or name,
    where no line of text begins.

    The line moves by the same length in every scene, one sprite each: a scene's pictures do not hang on how long others are.
    """
    unit = frame.unit
    found: list[Sprite] = []
    if not frame.vertical:
        height = max(4.0, round(6 * unit))
        count = len(starts) - 1
        for place, (start, end) in enumerate(pairwise(starts)):
            colours = _ground(parts.takes[place]) or palette
            line = ShapeContent(shape="rectangle", width=frame.width, height=height, fill=with_alpha(colours.accent, 0.9))
            keys = (Key(at=start, value=place / count), Key(at=end, value=(place + 1) / count, ease=Ease.LINEAR))
            found.append(Sprite(content=line, x=0, y=frame.height - height, start=start, end=end, reveal=keys))
    x, y = (frame.safe.right, frame.safe.y - 70 * unit) if frame.vertical else (frame.width - 56 * unit, 34 * unit)
    rtl = language_of(parts.script.language) in RTL_LANGUAGES
    corner: dict[str, Any] = {"x": frame.width - x if rtl and not frame.vertical else x, "y": y}
    side: Literal["start", "end"] = "start" if corner["x"] < frame.width / 2 else "end"
    corner["anchor_x"] = 0.0 if side == "start" else 1.0
    shown: dict[str, Any] = {
        "start": starts[0] if parts.ends.intro else 0.0,
        "end": starts[-1] if parts.ends.outro else None,
    }
    if parts.logo is not None:
        logo = ImageContent(
            media=parts.logo,
            # In a tall frame it stands above what the scene shows, not on it.
            width=(150 if frame.vertical else 190) * unit,
            height=(60 if frame.vertical else 92) * unit,
            radius=18 * unit,
            align="start" if corner["anchor_x"] == 0.0 else "end",
        )
        found.append(Sprite(content=logo, opacity=(Key(at=0.0, value=0.85),), **corner, **shown))
    elif parts.channel and not frame.vertical:
        last = len(parts.takes) - 1
        for place, (take, (start, end)) in enumerate(zip(parts.takes, pairwise(starts), strict=True)):
            when = {"start": start if place else shown["start"], "end": shown["end"] if place == last else end}
            name = _name(parts, frame, _under_name(take))
            found.append(Sprite(content=name, opacity=(Key(at=0.0, value=0.75),), **corner, **when))
    return found


def _ground(take: Take) -> Palette | None:
    """The colours of a designed scene; None over a clip or still, which may have any."""
    return ground_of(take.design) if take.kind == "design" and take.design is not None else None


def _under_name(take: Take) -> Palette | None:
    """The colours of what lies under the channel's name: a title may have its field there."""
    ground = _ground(take)
    if ground is None or take.design is None or take.design.kind is not SceneKind.TITLE or take.design.variant % 3 != SPLIT_TITLE:
        return ground
    return ground.model_copy(update={"text": ink_on(mix(ground.accent, ground.accent2, 0.2))})


def _name(parts: Ingredients, frame: Frame, colours: Palette | None) -> TextContent:
    """The channel's name in the ink of its ground, or in white with an outline over a clip or still."""
    unit = frame.unit
    ink, outline = (colours.text, 0.0) if colours else ("#ffffff", 1.5 * unit)
    font = Font(family="text", size=26 * unit, weight=700, colour=ink, outline=outline, outline_colour="#05070c")
    return TextContent(text=parts.channel, font=font, max_lines=1, width=0.3 * frame.width, language=parts.script.language)
