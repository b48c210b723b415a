"""Portraits, grounds to put them on, and things in the colours of skin that are no faces; all pictures RGB."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
FOLDER = Path(__file__).parent / "portraits"
WIDTH, HEIGHT = 960, 540


def portrait(name: str) -> Picture:
    return np.asarray(Image.open(FOLDER / f"{name}.jpg").convert("RGB"), np.uint8)


def grey(picture: Picture) -> Picture:
    return np.dstack([cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)] * 3).astype(np.uint8)


def dark(picture: Picture) -> Picture:
    return (255 * (picture / 255.0) ** 2.6).astype(np.uint8)


def blue(picture: Picture) -> Picture:
    return (picture * np.array([0.35, 0.5, 1.0])).astype(np.uint8)


def red(picture: Picture) -> Picture:
    return (picture * np.array([1.0, 0.4, 0.3])).astype(np.uint8)


def mirrored(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[:, ::-1])


def put(ground: Picture, picture: Picture, height: float, x: float, y: float) -> Picture:
    """A picture on another: its height as a share of the ground's, its middle at shares of it."""
    part = height * ground.shape[0] / picture.shape[0]
    small = cv2.resize(picture, None, fx=part, fy=part, interpolation=cv2.INTER_AREA)
    top, left = round(y * ground.shape[0] - small.shape[0] / 2), round(x * ground.shape[1] - small.shape[1] / 2)
    whole = ground.copy()
    whole[top : top + small.shape[0], left : left + small.shape[1]] = small
    return whole


def _rough(rng: np.random.Generator, cell: int, strength: float) -> NDArray[np.float32]:
    size = (max(HEIGHT // cell, 2), max(WIDTH // cell, 2))
    small = rng.normal(0, strength, size).astype(np.float32)
    return np.asarray(cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.float32)


def wood(seed: int) -> Picture:
    """Grain and knots."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    light = 12 * np.sin(y / 9 + _rough(rng, 60, 6) + np.hypot((x - WIDTH * rng.random()) / 60, (y - HEIGHT * rng.random()) / 9))
    for _ in range(rng.integers(2, 6)):
        across, down = rng.random() * WIDTH, rng.random() * HEIGHT
        light -= 80 * np.exp(-(((x - across) / 40) ** 2 + ((y - down) / 55) ** 2))
    light += rng.normal(0, 5, light.shape)
    return np.clip(np.array([196, 150, 110]) + light[..., None] * np.array([1.0, 0.9, 0.75]), 0, 255).astype(np.uint8)


def sand(seed: int) -> Picture:
    """Ripples."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    light = _rough(rng, 2, 6) + _rough(rng, 8, 8) + _rough(rng, 60, 14) + 12 * np.sin(y / 14 + 3 * np.sin(x / 90))
    return np.clip(np.array([214, 178, 140]) + light[..., None], 0, 255).astype(np.uint8)


def sunset(seed: int) -> Picture:
    """A sun over hills."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    sky = np.array([60, 50, 120]) + (y / HEIGHT)[..., None] * np.array([190, 100, -30])
    far = np.hypot(x - rng.random() * WIDTH, y - HEIGHT * (0.4 + 0.4 * rng.random()))[..., None]
    sky = np.where(far < 40, np.array([255, 225, 170]), sky + 80 * np.exp(-far / 120))
    sky = np.where((y > HEIGHT * 0.8 + 30 * np.sin(x / 70 + seed))[..., None], np.array([25, 18, 22]), sky)
    return np.clip(sky + rng.normal(0, 3, (HEIGHT, WIDTH, 1)), 0, 255).astype(np.uint8)


def blobs(seed: int) -> Picture:
    """Soft ellipses of any colour."""
    rng = np.random.default_rng(seed)
    picture = np.full((HEIGHT, WIDTH, 3), rng.integers(40, 220, 3), np.uint8)
    for _ in range(40):
        middle, axes = (int(rng.integers(WIDTH)), int(rng.integers(HEIGHT))), (int(rng.integers(5, 80)), int(rng.integers(5, 80)))
        cv2.ellipse(picture, middle, axes, float(rng.integers(180)), 0, 360, rng.integers(0, 256, 3).tolist(), -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.5, 4))), np.uint8)
