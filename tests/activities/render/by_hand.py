"""Loudness and true peak by another road than the product's: ITU-R BS.1770-5 with Fourier transforms instead of FFmpeg's filter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
Samples = NDArray[np.floating]


def _response(hertz: Samples, b: tuple[float, float, float], a: tuple[float, float, float]) -> NDArray[np.complexfloating]:
    z = np.exp(-2j * np.pi * hertz / RATE)
    return (b[0] + b[1] * z + b[2] * z**2) / (a[0] + a[1] * z + a[2] * z**2)


def weighted(sound: Samples) -> Samples:
    """K-weighted samples of a sound of shape (samples, channels); coefficients are the tables 1 and 2 of the recommendation."""
    length = 1 << int(np.ceil(np.log2(len(sound) + RATE)))
    hertz = np.fft.rfftfreq(length, 1 / RATE)
    shape = _response(
        hertz, (1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)
    ) * _response(hertz, (1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
    return np.fft.irfft(np.fft.rfft(sound.astype(np.float64), length, axis=0) * shape[:, None], length, axis=0)[: len(sound)]


def loudness(sound: Samples) -> float:
    """Integrated loudness in LUFS with both gates; -inf for silence."""
    power = weighted(sound) ** 2
    hop = RATE // 10
    tenths = power[: len(power) // hop * hop].reshape(-1, hop, power.shape[1]).mean(axis=1).sum(axis=1)
    blocks = np.convolve(tenths, np.ones(4) / 4, "valid")
    with np.errstate(divide="ignore"):
        level = -0.691 + 10 * np.log10(blocks)
    kept = blocks[level > -70]
    if not len(kept):
        return float("-inf")
    gate = -0.691 + 10 * np.log10(kept.mean()) - 10
    return float(-0.691 + 10 * np.log10(blocks[(level > -70) & (level > gate)].mean()))


def true_peak(sound: Samples) -> float:
    """dBTP, by eightfold interpolation of pieces that overlap; what lies at a piece's edges is measured in its neighbour."""
    size, edge, best = 1 << 16, 1 << 10, 0.0
    padded = np.pad(sound.astype(np.float64), ((edge, 2 * edge + size), (0, 0)))
    for at in range(0, len(sound), size - 2 * edge):
        piece = np.fft.rfft(padded[at : at + size], axis=0)
        fine = np.abs(np.fft.irfft(piece, 8 * size, axis=0)) * 8
        best = max(best, float(fine[8 * edge : -8 * edge].max()))
    return float(20 * np.log10(max(best, 1e-9)))
