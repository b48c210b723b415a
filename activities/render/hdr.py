"""Pictures of a wide gamut or a high dynamic range (HLG, PQ; BT.2020, P3) as BT.709 in standard range.

The way of light: code values -> linear light as the display shows it, in cd/m2 (ITU-R BT.2100) -> tones (the EETF of ITU-R BT.2390
on the intensity of ICtCp, whose colourfulness goes down with it) -> BT.709 primaries -> what lies outside is brought in towards the
grey of the same luminance -> gamma 2.4 (BT.1886). Diffuse white, 203 cd/m2 (BT.2408), lands below SDR's white, and highlights
keep their drawing between the two.

All that is worked out once for a lattice of colours. A frame costs a few passes of OpenCV: luma goes through a curve made for
greys; what colour adds to that curve, and chroma itself, are looked up at chroma's size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from activities.render.planes import Image, Planes, new_planes

Floats = NDArray[np.float64]

PQ, HLG = 16, 18
"""Transfer characteristics by the code points of ITU-T H.273: SMPTE ST 2084, ARIB STD-B67."""
SDR = 1
REFERENCE_WHITE = 203.0
"""cd/m2 of diffuse white in HDR, and what SDR's brightest white stands for (ITU-R BT.2408)."""
HLG_PEAK = 1000.0
_DISPLAY_GAMMA = 2.4
PEAKS = (400.0, 600.0, 1000.0, 1500.0, 2000.0, 4000.0, 10_000.0)
"""cd/m2 for which tables are made; what a file says is rounded up."""

PRIMARIES: dict[int, tuple[tuple[float, float], ...]] = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
"""Chromaticities of red, green and blue by H.273: BT.709, BT.2020, P3 with D65. The white of all is D65."""
_D65 = (0.3127, 0.3290)

_STEPS, _SLICES = 65, 256
"""The lattice: chroma in 64 steps, luma in as many as 8 bits have."""
_PARTS = 16
"""Luma is counted in sixteenths of an 8-bit step until it is whole."""
_STRIP = 30
"""Rows of chroma that are worked on at once: what lies between the steps then stays in the processor's cache."""


@dataclass(frozen=True)
class Look:
    """How a picture's code values are meant: transfer and primaries by H.273, weights of red and blue in luma, full range or
    limited, and the brightest it shows in cd/m2 (PQ alone is told by its file)."""

    transfer: int
    primaries: int
    matrix: tuple[float, float]
    full: bool
    peak: float = HLG_PEAK


def is_wide(transfer: int, primaries: int) -> bool:
    """Whether a picture needs more than another matrix to be shown as BT.709."""
    return transfer in (PQ, HLG) or primaries in (9, 12)


def peak_of(said: float) -> float:
    """The table's peak for what a file says (0: nothing, then it is taken for a picture of 1,000 cd/m2, as most are)."""
    return next((peak for peak in PEAKS if peak >= said - 1), PEAKS[-1]) if said > 0 else HLG_PEAK


def standard_range(planes: Planes, look: Look) -> Planes:
    """BT.709 limited planes of 8 bits from planes of 10 bits (16-bit words)."""
    tables, made = _tables(look), new_planes(planes.width, planes.height)
    rows = planes.u.shape[0]
    for begin in range(0, rows, _STRIP):
        end = min(begin + _STRIP, rows)
        first, last = max(begin - 1, 0), min(end + 1, rows)
        # What lies beside a strip counts where its chroma is enlarged.
        near, own = slice(first, last), slice(begin - first, end - first)
        chroma = planes.u[near].shape
        u = cv2.LUT(planes.u[near], tables.columns)
        v = cv2.LUT(planes.v[near], tables.columns)
        small = cv2.resize(planes.y[2 * first : 2 * last], (chroma[1], chroma[0]), interpolation=cv2.INTER_AREA)
        found = cv2.remap(tables.lattice, u, cv2.add(v, cv2.LUT(small, tables.rows)), cv2.INTER_LINEAR)
        more = cv2.extractChannel(found, 0).astype(np.int16)
        added = cv2.resize(more, (2 * chroma[1], 2 * chroma[0]), interpolation=cv2.INTER_LINEAR)
        luma = cv2.add(cv2.LUT(planes.y[2 * begin : 2 * end], tables.curve), added[2 * own.start : 2 * own.stop])
        luma = cv2.max(luma, 16.0 * _PARTS)  # type: ignore[call-overload]
        cv2.convertScaleAbs(luma, dst=made.y[2 * begin : 2 * end], alpha=1 / _PARTS)
        cv2.convertScaleAbs(cv2.extractChannel(found[own], 1), dst=made.u[begin:end])
        cv2.convertScaleAbs(cv2.extractChannel(found[own], 2), dst=made.v[begin:end])
    return made


@dataclass(frozen=True)
class _Tables:
    """`curve`: luma of greys. `rows`: where a luma's slice of the lattice begins. `columns`: a chroma's place in a slice. (All over
    16-bit words, as OpenCV wants.) `lattice`: what colour adds to luma, and chroma."""

    curve: Image
    rows: Image
    columns: Image
    lattice: Image


@lru_cache(maxsize=3)
def _tables(look: Look) -> _Tables:
    # No colour lies beyond what the peak leaves of the code values.
    used = float(_to_pq(np.array(look.peak))) if look.transfer == PQ else 1.0
    black, white, most = (0, 1023, 511.5) if look.full else (64, 876, 448)
    luma, chroma = np.linspace(black, black + white * used, _SLICES), np.linspace(512 - most * used, 512 + most * used, _STEPS)
    codes = np.arange(1024.0)
    greys = shown(np.stack([codes, np.full(1024, 512.0), np.full(1024, 512.0)], -1), look)[:, 0]
    # A fourth figure, for nothing: OpenCV looks up four at half the time that it needs for three.
    lattice = np.zeros((_SLICES, _STEPS, _STEPS, 4), np.float32)
    v, u = np.meshgrid(chroma, chroma, indexing="ij")
    for place, level in enumerate(luma):
        lattice[place, ..., :3] = shown(np.stack([np.full_like(u, level), u, v], -1), look)
    lattice[..., 0] = (lattice[..., 0] - np.interp(luma, codes, greys)[:, None, None]) * _PARTS
    return _Tables(
        _over_words(np.round(greys * _PARTS).astype(np.int16)),
        _over_words(np.round(np.interp(codes, luma, np.arange(_SLICES))).astype(np.float32) * _STEPS),
        _over_words(np.interp(codes, chroma, np.arange(_STEPS)).astype(np.float32)),
        lattice.reshape(_SLICES * _STEPS, _STEPS, 4),
    )


def _over_words(table: Image) -> Image:
    filled: Image = np.concatenate([table, np.full(65_536 - table.size, table[-1], table.dtype)])
    return filled


def shown(codes: Floats, look: Look) -> Floats:
    """BT.709 Y, Cb, Cr (8-bit limited range, not rounded) of Y, Cb, Cr in 10-bit code values."""
    red, blue = look.matrix
    y, cb, cr = (
        (codes[..., 0] - (0 if look.full else 64)) / (1023 if look.full else 876),
        (codes[..., 1] - 512) / (1023 if look.full else 896),
        (codes[..., 2] - 512) / (1023 if look.full else 896),
    )
    r, b = y + 2 * (1 - red) * cr, y + 2 * (1 - blue) * cb
    g = (y - red * r - blue * b) / (1 - red - blue)
    signal = np.clip(np.stack([r, g, b], -1), 0.0, 1.0)
    return _ycc(seen(signal, look) ** (1 / _DISPLAY_GAMMA))


def seen(signal: Floats, look: Look) -> Floats:
    """Linear light in BT.709 primaries (1: SDR's white) of non-linear R, G, B (0..1)."""
    light = _light(signal, look)
    if look.transfer in (PQ, HLG):
        light = light @ _change(look.primaries, 9).T
        light = _toned(light, look.peak if look.transfer == PQ else HLG_PEAK) @ _change(9, 1).T
    else:
        light = light @ _change(look.primaries, 1).T
    return _within(light / REFERENCE_WHITE)


def _light(signal: Floats, look: Look) -> Floats:
    """Display light in cd/m2."""
    if look.transfer == PQ:
        return np.minimum(_from_pq(signal), look.peak)
    if look.transfer != HLG:
        return np.asarray(signal**_DISPLAY_GAMMA * REFERENCE_WHITE)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593])
    return np.asarray(HLG_PEAK * scene * np.maximum(luminance, 1e-9)[..., None] ** 0.2)


def _to_pq(light: Floats) -> Floats:
    power = np.maximum(light / 10_000, 0) ** (2610 / 16384)
    return np.asarray(((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32))


def _from_pq(signal: Floats) -> Floats:
    power = np.maximum(signal, 0) ** (32 / 2523)
    return np.asarray(10_000 * (np.maximum(power - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * power)) ** (16384 / 2610))


_LMS = np.array([[1688, 2146, 262], [683, 2951, 462], [99, 309, 3688]]) / 4096
_ICTCP = np.array([[2048, 2048, 0], [6610, -13613, 7003], [17933, -17390, -543]]) / 4096
"""BT.2020 light to L, M, S, and their PQ values to I, Ct, Cp (BT.2100)."""


def _toned(light: Floats, peak: float) -> Floats:
    """BT.2020 light up to `peak` brought under the reference white: darker than about half of it nothing changes."""
    ictcp = _to_pq(light @ _LMS.T) @ _ICTCP.T
    intensity = ictcp[..., :1]
    toned = eetf(intensity, peak)
    # Where light is taken away, colour goes with it, or highlights would glow.
    ictcp = np.concatenate([toned, ictcp[..., 1:] * (toned / np.maximum(intensity, 1e-9))], -1)
    return np.asarray(_from_pq(ictcp @ np.linalg.inv(_ICTCP).T) @ np.linalg.inv(_LMS).T)


def eetf(signal: Floats, peak: float) -> Floats:
    """PQ values of a source of this peak (cd/m2) as those of a display that ends at the reference white (BT.2390, 5.4.1)."""
    top = float(_to_pq(np.array(peak)))
    highest = float(_to_pq(np.array(REFERENCE_WHITE))) / top
    if highest >= 1:
        return signal
    knee = 1.5 * highest - 0.5
    given = np.minimum(signal / top, 1.0)
    t = np.maximum((given - knee) / (1 - knee), 0)
    rolled = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * highest
    return np.asarray(np.where(given < knee, given, rolled) * top)


def _within(light: Floats) -> Floats:
    """Colours that BT.709 cannot show, moved towards the grey of the same luminance until it can."""
    luminance = np.clip(light @ np.array([0.2126, 0.7152, 0.0722]), 0.0, 1.0)[..., None]
    away = light - luminance
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(away > 0, (1 - luminance) / away, np.where(away < 0, -luminance / away, np.inf))
    return np.asarray(np.clip(luminance + away * np.minimum(room.min(-1, keepdims=True), 1.0), 0.0, 1.0))


def _ycc(rgb: Floats) -> Floats:
    y = rgb @ np.array([0.2126, 0.7152, 0.0722])
    return np.stack([16 + 219 * y, 128 + 224 * (rgb[..., 2] - y) / 1.8556, 128 + 224 * (rgb[..., 0] - y) / 1.5748], -1)


def _change(source: int, target: int) -> Floats:
    """Linear light between two sets of primaries."""
    return np.asarray(np.linalg.inv(_to_xyz(target)) @ _to_xyz(source), np.float64)


def _to_xyz(primaries: int) -> Floats:
    columns: Floats = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in PRIMARIES.get(primaries, PRIMARIES[1])]).T
    x, y = _D65
    made: Floats = np.asarray(columns * np.linalg.solve(columns, np.array([x / y, 1, (1 - x - y) / y])))
    return made
