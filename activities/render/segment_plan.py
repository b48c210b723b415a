"""What one segment is made from: a scene, what it comes in over, and what lies above it, all in the segment's own time.

A plan holds nothing that does not show, so that a scene that merely moved within the film keeps its digest.
"""

from __future__ import annotations

from typing import Any

from activities.render.easing import settled, value_at
from activities.render.timeline import (
    CaptionPage,
    CaptionStyle,
    CaptionWord,
    Key,
    Output,
    Part,
    Scene,
    Sprite,
    Timeline,
    Track,
)
from models.ids import digest_of

ROUNDING = 6
"""Decimals of seconds in a plan: rounding errors of moved scenes disappear, no frame is that short."""


class SegmentPlan(Part):
    """The only input of a segment's pictures. Times are seconds from its first frame."""

    scene: Scene
    before: Scene | None = None
    captions: tuple[CaptionPage, ...] = ()
    caption_style: CaptionStyle | None = None
    overlays: tuple[Sprite, ...] = ()
    output: Output

    def digest(self, made_by: dict[str, str]) -> str:
        """The artifact's address: the plan and what turns it into a file. Names of media, and rates of sound, count nothing."""
        plain = _without(self.model_dump(mode="json"), {"name", "audio_rate", "sample_rate"})
        return digest_of("segment", plain, made_by)


def plan_segments(timeline: Timeline) -> list[SegmentPlan]:
    """The film's segments in order."""
    plans = []
    for place, scene in enumerate(timeline.scenes):
        comes_over = scene.transition.kind != "cut" and scene.transition.seconds > 0 and place > 0
        begin = scene.first_frame / timeline.output.fps
        end = begin + scene.frames / timeline.output.fps
        captions = tuple(_moved_page(page, begin) for page in timeline.captions if page.start < end and page.end > begin)
        plans.append(
            SegmentPlan(
                scene=_alone(scene) if comes_over else _alone(scene).model_copy(update={"transition": _cut()}),
                before=_alone(timeline.scenes[place - 1]).model_copy(update={"transition": _cut()}) if comes_over else None,
                captions=captions,
                caption_style=timeline.caption_style if captions else None,
                overlays=tuple(_moved_sprite(s, begin, end) for s in timeline.overlays if _shows(s, begin, end)),
                output=timeline.output,
            )
        )
    return plans


def _cut() -> Any:
    return Scene.model_fields["transition"].default


def _alone(scene: Scene) -> Scene:
    return scene.model_copy(update={"index": 0, "first_frame": 0})


def _shows(sprite: Sprite, begin: float, end: float) -> bool:
    return sprite.start < end and (sprite.end is None or sprite.end > begin)


def _moved_page(page: CaptionPage, by: float) -> CaptionPage:
    lines = tuple(
        tuple(CaptionWord(text=w.text, start=_less(w.start, by), end=_less(w.end, by)) for w in line) for line in page.lines
    )
    return page.model_copy(update={"start": _less(page.start, by), "end": _less(page.end, by), "lines": lines})


def _moved_sprite(sprite: Sprite, begin: float, end: float) -> Sprite:
    """The sprite in the segment's time; what stays the same through the segment is written as one key, or none."""
    changes: dict[str, Any] = {
        name: _moved_track(getattr(sprite, name), begin, end) for name in ("opacity", "dx", "dy", "scale", "reveal")
    }
    if getattr(sprite.content, "type", "") == "number":
        track = _moved_track(sprite.content.track, begin, end)  # type: ignore[union-attr]
        changes["content"] = sprite.content.model_copy(update={"track": track})
    changes["start"] = max(_less(sprite.start, begin), 0.0)
    changes["end"] = None if sprite.end is None or sprite.end >= end else _less(sprite.end, begin)
    return sprite.model_copy(update=changes)


def _moved_track(track: Track, begin: float, end: float) -> Track:
    if not track:
        return track
    inside = [key for key in track if begin < key.at < end]
    edges = value_at(track, begin, 0.0), value_at(track, end, 0.0)
    if (not inside and settled(track)) or (not inside and edges[0] == edges[1] and _flat(track, begin, end)):
        return (Key(at=0.0, value=edges[0]),)
    return tuple(key.model_copy(update={"at": _less(key.at, begin)}) for key in track)


def _flat(track: Track, begin: float, end: float) -> bool:
    return track[-1].at <= begin or track[0].at >= end


def _less(t: float, by: float) -> float:
    return round(t - by, ROUNDING)


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(part, names) for key, part in value.items() if key not in names}
    if isinstance(value, list):
        return [_without(part, names) for part in value]
    return value
