"""Designed pictures: what a scene shows becomes layers of the timeline, for a frame of any size."""

from __future__ import annotations

from collections.abc import Callable

from activities.render.designs.chains import diagram, timeline
from activities.render.designs.figures import number
from activities.render.designs.frame import Frame, Timing
from activities.render.designs.grounds import lay_ground
from activities.render.designs.pictures import clip_layers, picture
from activities.render.designs.rows import comparison, list_of
from activities.render.designs.stage import Stage
from activities.render.designs.statements import quotation, statement
from activities.render.designs.titles import end_card, title
from activities.render.timeline import Layer
from models.videos.contracts import Palette, SceneDesign, SceneKind, Take
from models.videos.palettes import bold_of

_KINDS: dict[SceneKind, Callable[[Stage], None]] = {
    SceneKind.TITLE: title,
    SceneKind.STATEMENT: statement,
    SceneKind.NUMBER: number,
    SceneKind.LIST: list_of,
    SceneKind.QUOTATION: quotation,
    SceneKind.COMPARISON: comparison,
    SceneKind.TIMELINE: timeline,
    SceneKind.DIAGRAM: diagram,
    SceneKind.PICTURE: picture,
    SceneKind.CLIP: picture,
}


def design_layers(design: SceneDesign, frame: Frame, timing: Timing, *, channel: str = "", serif: bool = False) -> list[Layer]:
    """The layers of a designed scene. `channel` is named on an end card; `serif` sets large words in the brand's serif."""
    design = design.model_copy(update={"palette": ground_of(design)})
    stage = Stage(frame, design, timing, serif=serif)
    lay_ground(stage, calm=design.kind in (SceneKind.PICTURE, SceneKind.CLIP))
    if design.kind is SceneKind.END_CARD:
        end_card(stage, channel)
    elif design.kind in _WITH_ITEMS and not design.items:
        statement(stage)
    else:
        _KINDS[design.kind](stage)
    return stage.finished()


def ground_of(design: SceneDesign) -> Palette:
    """The colours that a design stands in: the palette's own, or turned over, its ground in the accent colour."""
    return bold_of(design.palette) if design.kind in _BOLD and design.seed % 2 == 0 else design.palette


def take_layers(take: Take, frame: Frame, timing: Timing, *, channel: str = "", serif: bool = False) -> list[Layer]:
    """The layers of a scene's take: a design, or a clip or still with what is written over it.

    Raises:
        ValueError: a design take without its design, or a clip or still without its file.
    """
    if take.design is None:
        raise ValueError(f"the take of scene {take.scene} has no design")
    if take.kind == "design":
        return design_layers(take.design, frame, timing, channel=channel, serif=serif)
    stage = Stage(frame, take.design, timing, serif=serif)
    clip_layers(stage, take)
    return stage.finished()


_BOLD = frozenset({SceneKind.NUMBER, SceneKind.QUOTATION})
"""Kinds that now and then stand on the accent colour, for rhythm."""
_WITH_ITEMS = frozenset({SceneKind.LIST, SceneKind.COMPARISON, SceneKind.TIMELINE, SceneKind.DIAGRAM, SceneKind.NUMBER})

__all__ = ["Frame", "Timing", "design_layers", "ground_of", "take_layers"]
