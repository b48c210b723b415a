"""A dark gradient from an edge of the frame, so that text reads on any picture."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from activities.render.layers.base import Studio
from activities.render.patches import Patch, blend, patch_of
from activities.render.planes import Image, Planes, rgb_of_hex, yuva_of_rgba
from activities.render.timeline import Shade


class ShadePainter:
    """Made once; it never changes."""

    def __init__(self, layer: Shade, studio: Studio) -> None:
        self._patch = studio.assets.get(("shade", layer, studio.size), lambda: _made(layer, studio.size))

    def state(self, t: float) -> Hashable:  # noqa: ARG002 (it never changes)
        return "shade"

    def paint(self, target: Planes, t: float) -> None:  # noqa: ARG002
        blend(target, self._patch)

    def close(self) -> None:
        """Nothing is held."""


def _made(layer: Shade, size: tuple[int, int]) -> tuple[Patch, int]:
    width, height = size
    alpha = _alpha(layer, width, height)
    ys, xs = np.nonzero(alpha.max(axis=1) > 0.002)[0], np.nonzero(alpha.max(axis=0) > 0.002)[0]
    if not len(ys) or not len(xs):
        ys, xs = np.array([0, 1]), np.array([0, 1])
    top, bottom, left, right = ys[0] // 2 * 2, ys[-1] + 1, xs[0] // 2 * 2, xs[-1] + 1
    cut = alpha[top:bottom, left:right, None]
    colour = np.array([*rgb_of_hex(layer.colour)[:3], 255], np.float32)
    # A quarter of a step of seeded noise keeps the slow ramp from banding.
    noise = np.random.default_rng(7).uniform(-0.5, 0.5, cut.shape).astype(np.float32)
    rgba: Image = np.clip(np.round(np.clip(cut * 255 + noise * (cut > 0), 0, 255)) / 255 * colour, 0, 255).round().astype(np.uint8)
    patch = patch_of(yuva_of_rgba(rgba), int(left), int(top))
    return patch, 3 * patch.luma.nbytes


def _alpha(layer: Shade, width: int, height: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    down = (np.arange(height, dtype=np.float32) + 0.5) / height
    across = (np.arange(width, dtype=np.float32) + 0.5) / width
    reach = max(layer.size, 1e-3)
    if layer.edge == "all":
        # A vignette: distance from the centre, 1 in the corners.
        far = np.sqrt((2 * down[:, None] - 1) ** 2 + (2 * across[None, :] - 1) ** 2) / np.sqrt(2.0)
        ramp = np.clip((far - (1 - reach)) / reach, 0, 1)
    else:
        along = {"top": 1 - down, "bottom": down, "left": 1 - across, "right": across}[layer.edge]
        ramp = np.clip((along - (1 - reach)) / reach, 0, 1)
        ramp = np.broadcast_to(ramp[:, None] if layer.edge in ("top", "bottom") else ramp[None, :], (height, width))
    smooth = ramp * ramp * (3 - 2 * ramp)
    return np.asarray(smooth * layer.strength, np.float32)
