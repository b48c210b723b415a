"""Grounds: a gradient with a slow camera, and large quiet shapes over it."""

from __future__ import annotations

import random

from activities.render.designs.frame import Rect
from activities.render.designs.stage import Stage
from activities.render.timeline import Camera, Ease, Gradient, Key
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
    stage.layers.append(Gradient(seed=seed, colours=colours, style=style, grain=0.012, camera=camera))
    if not calm:
        _shapes(stage, rng)
    if stage.frame.vertical:
        _ghost(stage, rng)


def _light(ground: str, colour: str, share: float) -> str:
    """A ground lit by a colour; by white where the two would make a grey."""
    lit = mix(ground, colour, share)
    return lit if _chroma(lit) >= 0.85 * _chroma(ground) else mix(ground, "#ffffff", share * 0.3)


def _chroma(colour: str) -> int:
    parts = rgba_of(colour)[:3]
    return max(parts) - min(parts)


def _even(stage: Stage, first: float, last: float) -> tuple[Key, Key]:
    return Key(at=0.0, value=first), Key(at=stage.timing.seconds, value=last, ease=Ease.LINEAR)


def _shapes(stage: Stage, rng: random.Random) -> None:
    """One large ring or disc that leaves the frame at a corner; the ground moves slowly under it."""
    frame, palette = stage.frame, stage.palette
    size = min(frame.width, frame.height) * rng.uniform(0.75, 1.05)
    x = frame.width * rng.choice((-0.02, 1.02)) - size / 2
    y = frame.height * rng.choice((0.04, 0.98)) - size / 2
    rect = Rect(x, y, size, size)
    colour = rng.choice((palette.accent, palette.accent2))
    if rng.random() < 0.5:
        stage.shape("ring", rect, fill=with_alpha(colour, 0.13), line=size * 0.09)
    else:
        stage.shape("ellipse", rect, fill=with_alpha(colour, 0.10), fill2=with_alpha(colour, 0.02))


def _ghost(stage: Stage, rng: random.Random) -> None:
    """The scene's symbol, huge and faint, in the lower part of a vertical frame, where no text may lie."""
    frame, name = stage.frame, stage.design.icon
    if name not in PATHS:
        return
    size = frame.width * rng.uniform(0.72, 0.85)
    rect = Rect(frame.width * rng.uniform(0.12, 0.3), frame.height * 0.99 - size, size, size)
    colour = stage.palette.accent2
    stage.shape("path", rect, stroke=with_alpha(colour, 0.26), line=0.03 * size, path=PATHS[name])
