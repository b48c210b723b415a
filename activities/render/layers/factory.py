"""The painter of any layer."""

from __future__ import annotations

from activities.render.layers.base import Painter, Studio
from activities.render.layers.clip import ClipPainter
from activities.render.layers.gradient import GradientPainter
from activities.render.layers.shade import ShadePainter
from activities.render.layers.sprite import SpritePainter
from activities.render.layers.still import StillPainter
from activities.render.timeline import Clip, Gradient, Layer, Shade, Still


def make_painter(layer: Layer, studio: Studio) -> Painter:
    """The painter of the layer.

    Raises:
        MediaError: a picture or clip cannot be used.
        NotFound: a medium is not in the artifact store.
    """
    if isinstance(layer, Gradient):
        return GradientPainter(layer, studio)
    if isinstance(layer, Still):
        return StillPainter(layer, studio)
    if isinstance(layer, Clip):
        return ClipPainter(layer, studio)
    if isinstance(layer, Shade):
        return ShadePainter(layer, studio)
    return SpritePainter(layer, studio)
