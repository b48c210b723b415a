"""Generated sounds at transitions: a whoosh, a tick, a rise. Soft, seeded, without an edge."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from activities.render.audio import RATE, Block

LEAD = {"whoosh": 0.28, "tick": 0.004, "rise": 1.15}
"""Seconds by which each begins before the moment that it marks."""


@lru_cache(maxsize=8)
def effect(kind: str, seed: int = 0) -> Block:
    """The sound, stereo, its loudest tenth of a second at an RMS of 1."""
    rng = np.random.default_rng([seed, sorted(LEAD).index(kind)])
    sound = {"whoosh": _whoosh, "tick": _tick, "rise": _rise}[kind](rng)
    edge = min(len(sound) // 4, RATE // 100)
    ramp = np.sin(np.linspace(0, np.pi / 2, edge)) ** 2
    sound[:edge] *= ramp[:, None]
    sound[-edge:] *= ramp[::-1, None]
    window = min(len(sound), RATE // 10)
    power = np.convolve((sound**2).mean(axis=1), np.ones(window) / window, "valid").max()
    out: Block = (sound / np.sqrt(power)).astype(np.float32)
    return out


def _noise(rng: np.random.Generator, samples: int, low: float, high: float) -> NDArray[np.float64]:
    """Stereo noise between two frequencies with soft slopes."""
    spectrum = np.fft.rfft(rng.standard_normal((samples, 2)), axis=0)
    hertz = np.fft.rfftfreq(samples, 1 / RATE)[:, None]
    shape = 1 / (1 + (low / np.maximum(hertz, 1)) ** 4) / (1 + (hertz / high) ** 4)
    wave: NDArray[np.float64] = np.fft.irfft(spectrum * shape, samples, axis=0)
    return wave


def _whoosh(rng: np.random.Generator) -> NDArray[np.float64]:
    samples = int(0.7 * RATE)
    at = np.linspace(0, 1, samples)[:, None]
    swell = np.exp(-(((at - 0.4) / 0.17) ** 2))
    dark, air = _noise(rng, samples, 150, 700), _noise(rng, samples, 500, 2600)
    pan = np.concatenate([1 - 0.6 * at, 0.4 + 0.6 * at], axis=1)
    sound: NDArray[np.float64] = (dark + air * swell) * swell * pan
    return sound


def _tick(rng: np.random.Generator) -> NDArray[np.float64]:
    samples = int(0.12 * RATE)
    at = np.arange(samples)[:, None] / RATE
    tone = np.sin(2 * np.pi * 1180 * at) * np.exp(-at / 0.012) + 0.5 * np.sin(2 * np.pi * 590 * at) * np.exp(-at / 0.02)
    return tone + 0.02 * _noise(rng, samples, 800, 4000) * np.exp(-at / 0.006)


def _rise(rng: np.random.Generator) -> NDArray[np.float64]:
    samples = int(1.5 * RATE)
    at = np.linspace(0, 1, samples)[:, None]
    peak = LEAD["rise"] * RATE / samples
    swell = np.where(at < peak, (at / peak) ** 3, np.exp(-(at - peak) / 0.06))
    hertz = 220 * 2 ** (np.minimum(at, peak) * 1.2)
    tone = np.sin(2 * np.pi * np.cumsum(hertz, axis=0) / RATE)
    return (_noise(rng, samples, 300, 3000) * 2 + 0.25 * tone) * swell
