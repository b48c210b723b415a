"""Grounds: a gradient with large quiet shapes on it, under a slow camera."""

from __future__ import annotations

import random

from activities.render.designs.stage import Stage
from activities.render.timeline import Camera, Ease, Gradient, GroundShape, Key, ShapeContent
from models.videos.palettes import luminance, mix, rgba_of, with_alpha
from models.videos.symbols import PATHS

ZOOM = 1.06
"""How much larger than the frame a ground is: the room of its camera."""
STYLES = ("mesh", "rays", "grid", "dots", "waves", "bokeh", "bands")


def lay_ground(stage: Stage, *, calm: bool = False) -> None:
    """The scene's background. A `calm` one has no shapes on it."""
    palette, seed = stage.palette, stage.design.seed
    rng = random.Random(seed)
    light = luminance(palette.background) > 0.4
    share = 0.4 if light else 0.62
    colours = (
        palette.background,
        palette.surface,
        _light(palette.surface, palette.accent2, share),
        _light(palette.surface, palette.accent, share * 0.7),
        _light(palette.surface, palette.accent2, share * 0.6),
    )
    # Along one axis, without a zoom: the engine then mixes pixels instead of resizing the picture, at a sixth of the cost.
    reach = rng.choice((-1, 1)) * rng.uniform(0.3, 0.42) * (1 - 1 / ZOOM)
    pan = _even(stage, 0.5 - reach, 0.5 + reach)
    zoom = (Key(at=0.0, value=ZOOM),)
    camera = Camera(zoom=zoom, x=pan) if rng.random() < 0.6 else Camera(zoom=zoom, y=pan)
    style = STYLES[seed % len(STYLES)]
    shapes = [] if calm else [_corner(stage, rng)]
    if stage.frame.vertical and stage.design.icon in PATHS:
        shapes.append(_ghost(stage, rng, PATHS[stage.design.icon]))
    stage.layers.append(Gradient(seed=seed, colours=colours, style=style, grain=0.012, shapes=tuple(shapes), camera=camera))


def _light(ground: str, colour: str, share: float) -> str:
    """A ground lit by a colour; by white where the two would make a grey."""
    lit = mix(ground, colour, share)
    return lit if _chroma(lit) >= 0.85 * _chroma(ground) else mix(ground, "#ffffff", share * 0.3)


def _chroma(colour: str) -> int:
    parts = rgba_of(colour)[:3]
    return max(parts) - min(parts)


def _even(stage: Stage, first: float, last: float) -> tuple[Key, Key]:
    return Key(at=0.0, value=first), Key(at=stage.timing.seconds, value=last, ease=Ease.LINEAR)


def _corner(stage: Stage, rng: random.Random) -> GroundShape:
    """One large ring or disc that leaves the frame at a corner."""
    frame, palette = stage.frame, stage.palette
    size = min(frame.width, frame.height) * rng.uniform(0.75, 1.05)
    x = frame.width * rng.choice((-0.02, 1.02)) - size / 2
    y = frame.height * rng.choice((0.04, 0.98)) - size / 2
    colour = rng.choice((palette.accent, palette.accent2))
    if rng.random() < 0.5:
        ring = ShapeContent(shape="ring", width=size, height=size, fill=with_alpha(colour, 0.13), stroke_width=size * 0.09)
        return GroundShape(content=ring, x=x, y=y)
    fill, fill2 = with_alpha(colour, 0.10), with_alpha(colour, 0.02)
    return GroundShape(content=ShapeContent(shape="ellipse", width=size, height=size, fill=fill, fill2=fill2), x=x, y=y)


def _ghost(stage: Stage, rng: random.Random, path: str) -> GroundShape:
    """The scene's symbol, huge and faint, in the lower part of a vertical frame, where no text may lie."""
    frame = stage.frame
    size = frame.width * rng.uniform(0.72, 0.85)
    x, y = frame.width * rng.uniform(0.12, 0.3), frame.height * 0.99 - size
    stroke = with_alpha(stage.palette.accent2, 0.26)
    symbol = ShapeContent(shape="path", width=size, height=size, stroke=stroke, stroke_width=0.03 * size, path=path)
    return GroundShape(content=symbol, x=x, y=y)
