"""A decoded frame of any format as BT.709 limited planes, by what the frame says of its colours, else by what its file says."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from activities.render.hdr import PQ, Look, is_wide, peak_of, standard_range
from activities.render.planes import Image, Planes, halved, plane_of, planes_of, planes_of_rgb, yuva_of_rgba

BT709, BT601, BT2020 = (0.2126, 0.0722), (0.299, 0.114), (0.2627, 0.0593)
"""Weights of red and blue in luma: ITU-R BT.709, BT.601, BT.2020."""
_MATRICES = {1: BT709, 4: BT601, 5: BT601, 6: BT601, 9: BT2020, 10: BT2020}
"""By the code points of ITU-T H.273."""
_UNSAID = (0, 2)
"""What H.273 means by nothing said."""
_LARGEST_SD = 576
"""Untagged pictures up to this height are BT.601, as players assume."""


@dataclass(frozen=True)
class Said:
    """What a file's header says of its colours, by the code points of H.273, for frames that say nothing themselves."""

    transfer: int = 2
    primaries: int = 2
    matrix: int = 2
    full: bool = False


def standard(frame: VideoFrame, said: Said, smallest: int = 0) -> Planes:
    """The frame's picture; much larger ones are halved until `smallest` pixels of the shorter side just suffice."""
    if frame.format.is_rgb or frame.format.name == "pal8":
        return _smaller(_from_rgb_frame(frame), smallest)
    full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
    full = full or (int(frame.color_range) == 0 and said.full)
    matrix = _MATRICES.get(_either(frame.colorspace, said.matrix), BT601 if frame.height <= _LARGEST_SD else BT709)
    transfer, primaries = _either(frame.color_trc, said.transfer), _either(frame.color_primaries, said.primaries)
    side = "JPEG" if full else "MPEG"
    if is_wide(transfer, primaries):
        if frame.format.name != "yuv420p10le":
            frame = frame.reformat(format="yuv420p10le", src_color_range=side, dst_color_range=side)
        look = Look(transfer, primaries, matrix, full, _peak(frame) if transfer == PQ else 0.0)
        y, u, v = (plane_of(frame, number, np.uint16) for number in (0, 1, 2))
        return standard_range(_smaller(_even(Planes(y, u, v, frame)), smallest), look)
    see_through = any(component.is_alpha for component in frame.format.components)
    wanted = "yuva420p" if see_through else "yuv420p"
    if frame.format.name not in (wanted, "yuvj420p"):
        # The converter keeps a YUV picture's matrix and range when both ends are declared equal.
        frame = frame.reformat(format=wanted, src_color_range=side, dst_color_range=side)
    alpha = plane_of(frame, 3) if see_through else None
    planes = _smaller(_even(planes_of(frame)), smallest)
    if full:
        planes = _limited(planes)
    if matrix != BT709:
        planes = _rematrixed(planes, matrix)
    return planes if alpha is None else _premultiplied(planes, alpha)


def _either(of_frame: object, of_file: int) -> int:
    value = int(of_frame)  # type: ignore[call-overload]
    return of_file if value in _UNSAID else int(value)


def _peak(frame: VideoFrame) -> float:
    """The table's peak for the brightest light that a PQ picture tells of: in its content, else on the display it was made on."""
    for kind in ("CONTENT_LIGHT_LEVEL", "MASTERING_DISPLAY_METADATA"):
        data = frame.side_data.get(kind)
        if data is None:
            continue
        words = np.frombuffer(data, np.int32)  # type: ignore[call-overload]
        # FFmpeg's AVContentLightMetadata begins with MaxCLL; AVMasteringDisplayMetadata has its tenth fraction for the maximum.
        light = float(words[0]) if kind == "CONTENT_LIGHT_LEVEL" else float(words[18]) / max(float(words[19]), 1.0)
        if light >= 100:
            return peak_of(light)
    return peak_of(0.0)


def _from_rgb_frame(frame: VideoFrame) -> Planes:
    see_through = frame.format.name == "pal8" or any(component.is_alpha for component in frame.format.components)
    rgb: Image = frame.reformat(format="rgba" if see_through else "rgb24").to_ndarray()
    rgb = rgb[: rgb.shape[0] // 2 * 2, : rgb.shape[1] // 2 * 2]
    if not see_through or int(rgb[..., 3].min()) == 255:
        return planes_of_rgb(rgb[..., :3])
    alpha = np.ascontiguousarray(rgb[..., 3])
    rgba = cv2.multiply(rgb, cv2.merge((alpha, alpha, alpha, np.full_like(alpha, 255))), scale=1 / 255)
    y, u, v, _ = cv2.split(yuva_of_rgba(rgba))
    return Planes(y, halved(u), halved(v), keep=_keep(alpha))


def _keep(alpha: Image) -> Planes:
    keep = cv2.bitwise_not(alpha)
    return Planes(keep, halved(keep), halved(keep))


def _premultiplied(planes: Planes, alpha: Image) -> Planes:
    """The picture with its alpha (of full size, 0..255) taken in."""
    if int(alpha.min()) == 255:
        return planes
    if alpha.shape != planes.y.shape:
        alpha = cv2.resize(alpha, (planes.width, planes.height), interpolation=cv2.INTER_AREA)
    keep = _keep(alpha)
    small = cv2.bitwise_not(keep.u)
    y, u, v = (
        cv2.multiply(plane, share, scale=1 / 255)
        for plane, share in zip(planes.each(), (alpha, small, small), strict=True)
    )  # fmt: skip
    return Planes(y, u, v, keep=keep)


def _even(planes: Planes) -> Planes:
    width, height = planes.width // 2 * 2, planes.height // 2 * 2
    if (width, height) == (planes.width, planes.height):
        return planes
    return Planes(
        planes.y[:height, :width], planes.u[: height // 2, : width // 2], planes.v[: height // 2, : width // 2], planes.frame
    )


def _limited(planes: Planes) -> Planes:
    """From full range (0..255) to limited (16..235, 16..240)."""
    y = np.round(np.arange(256) * 219 / 255 + 16).astype(np.uint8)
    c = np.clip(np.round((np.arange(256) - 128.0) * 224 / 255 + 128), 0, 255).astype(np.uint8)
    return Planes(cv2.LUT(planes.y, y), cv2.LUT(planes.u, c), cv2.LUT(planes.v, c))


def matrix_change(source: tuple[float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Y, Cb, Cr of `source` weights to those of BT.709 (both limited range, chroma about 0)."""
    return _from_rgb(BT709) @ np.linalg.inv(_from_rgb(source))


def _from_rgb(weights: tuple[float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    red, blue = weights
    luma = np.array([red, 1 - red - blue, blue])
    blueness = (np.array([0, 0, 1]) - luma) / (2 * (1 - blue))
    redness = (np.array([1, 0, 0]) - luma) / (2 * (1 - red))
    return np.stack([luma * 219, blueness * 224, redness * 224])


def _rematrixed(planes: Planes, source: tuple[float, float]) -> Planes:
    change = matrix_change(source)
    u, v = planes.u.astype(np.float32) - 128, planes.v.astype(np.float32) - 128
    shift = cv2.resize(change[0, 1] * u + change[0, 2] * v, (planes.width, planes.height), interpolation=cv2.INTER_LINEAR)
    return Planes(
        _rounded(planes.y + shift.astype(np.float32)),
        _rounded(change[1, 1] * u + change[1, 2] * v + 128),
        _rounded(change[2, 1] * u + change[2, 2] * v + 128),
    )


def _rounded(plane: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Image:
    rounded: Image = np.clip(plane + 0.5, 0, 255).astype(np.uint8)
    return rounded


def _smaller(planes: Planes, smallest: int) -> Planes:
    while smallest and min(planes.width, planes.height) >= 2 * smallest:
        planes = _half(planes)
    return planes


def _half(planes: Planes) -> Planes:
    y, u, v = (
        cv2.resize(plane, (size[0], size[1]), interpolation=cv2.INTER_AREA)
        for plane, size in (
            (planes.y, (planes.width // 4 * 2, planes.height // 4 * 2)),
            (planes.u, (planes.width // 4, planes.height // 4)),
            (planes.v, (planes.width // 4, planes.height // 4)),
        )
    )
    return Planes(y, u, v, keep=_half(planes.keep) if planes.keep is not None else None)


def upright(planes: Planes, rotation: float) -> Planes:
    """Turned as the file asks: `rotation` is counter-clockwise degrees."""
    quarter = round(rotation / 90) % 4
    if quarter == 0:
        return planes
    way = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}[quarter]
    y, u, v = (cv2.rotate(plane, way) for plane in planes.each())
    return Planes(y, u, v, keep=upright(planes.keep, rotation) if planes.keep is not None else None)
