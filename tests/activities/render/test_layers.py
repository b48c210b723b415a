"""What painters share."""

from __future__ import annotations

import numpy as np

from activities.render.layers.base import AssetCache
from activities.render.planes import Image


def _drawing(made: list[str], name: str) -> tuple[Image, int]:
    made.append(name)
    return np.zeros((10, 10), np.uint8), 100


def test_a_picture_that_a_painter_holds_is_not_made_again_however_many_came_after() -> None:
    cache, made = AssetCache(limit=250), list[str]()
    held = cache.get("ground", lambda: _drawing(made, "ground"))
    for name in "abcde":
        cache.get(name, lambda name=name: _drawing(made, name))  # type: ignore[misc]
    assert cache.get("ground", lambda: _drawing(made, "ground")) is held
    assert made == ["ground", *"abcde"]


def test_a_picture_that_nobody_holds_is_let_go_when_others_were_used_later() -> None:
    cache, made = AssetCache(limit=250), list[str]()
    for name in ("ground", "a", "b", "a", "ground"):
        cache.get(name, lambda name=name: _drawing(made, name))  # type: ignore[misc]
    assert made == ["ground", "a", "b", "ground"]


def test_two_that_make_the_same_at_once_end_with_one_picture() -> None:
    cache, made = AssetCache(limit=250), list[str]()
    others: list[Image] = []

    def slow() -> tuple[Image, int]:
        others.append(cache.get("ground", lambda: _drawing(made, "other")))
        return _drawing(made, "slow")

    assert cache.get("ground", slow) is others[0]
    assert cache.get("ground", slow) is others[0] and made == ["other", "slow"]
