"""Shapes as sprites, drawn by Skia: rectangle, ellipse, ring, SVG path; with gradient, stroke, rounded corners and blur."""

from __future__ import annotations

import math

import numpy as np
import skia

from activities.render.planes import Image, rgb_of_hex
from activities.render.svg_path import path_of_svg
from activities.render.timeline import ShapeContent

RING_SHARE = 0.12
"""Width of a ring without `stroke_width`, as a share of its shorter side."""


def margin_of(content: ShapeContent) -> int:
    """Pixels on each side of the shape's own box that its blur and stroke need."""
    stroke = 0.0 if content.shape == "ring" else content.stroke_width / 2
    return math.ceil(3 * content.blur + stroke) if content.blur or stroke else 0


def rasterise_shape(content: ShapeContent) -> Image:
    """Premultiplied RGBA of the shape, `margin_of` larger on each side than its width and height."""
    margin = margin_of(content)
    width, height = math.ceil(content.width) + 2 * margin, math.ceil(content.height) + 2 * margin
    pixels = np.zeros((max(height, 1), max(width, 1), 4), np.uint8)
    info = skia.ImageInfo.Make(pixels.shape[1], pixels.shape[0], skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType)
    surface = skia.Surface.MakeRasterDirect(info, pixels, pixels.strides[0])
    canvas = surface.getCanvas()
    canvas.translate(margin, margin)
    path = _outline(content)
    if content.shape == "ring":
        canvas.drawPath(path, _brush(content, content.fill or content.stroke or "#ffffff", _ring_width(content)))
    else:
        if content.fill:
            canvas.drawPath(path, _brush(content, content.fill, 0.0))
        if content.stroke and content.stroke_width > 0:
            canvas.drawPath(path, _brush(content, content.stroke, content.stroke_width, gradient=False))
    surface.flushAndSubmit()
    return pixels


def _ring_width(content: ShapeContent) -> float:
    return content.stroke_width or RING_SHARE * min(content.width, content.height)


def _outline(content: ShapeContent) -> skia.Path:
    box = skia.Rect.MakeWH(content.width, content.height)
    path = skia.Path()
    if content.shape == "rectangle":
        radius = min(content.radius, content.width / 2, content.height / 2)
        path.addRoundRect(box, radius, radius)
    elif content.shape == "ellipse":
        path.addOval(box)
    elif content.shape == "ring":
        half = _ring_width(content) / 2
        path.addOval(box.makeInset(half, half))
    else:
        path = path_of_svg(content.path)
        path.transform(skia.Matrix.Scale(content.width, content.height))
    return path


def _brush(content: ShapeContent, colour: str, stroke: float, *, gradient: bool = True) -> skia.Paint:
    red, green, blue, alpha = rgb_of_hex(colour)
    paint = skia.Paint(AntiAlias=True, Color=skia.Color(red, green, blue, alpha))
    if stroke > 0:
        paint.setStyle(skia.Paint.kStroke_Style)
        paint.setStrokeWidth(stroke)
        paint.setStrokeCap(skia.Paint.kRound_Cap)
        paint.setStrokeJoin(skia.Paint.kRound_Join)
    if gradient and content.fill2:
        ends = [skia.Point(0, 0), skia.Point(content.width, content.height)]
        shades = [skia.Color(*rgb_of_hex(shade)) for shade in (colour, content.fill2)]
        paint.setShader(skia.GradientShader.MakeLinear(ends, shades))
        paint.setDither(True)
    if content.blur > 0:
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, content.blur))
    return paint
