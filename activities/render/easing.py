"""Figures over time: how a `Track` is read at a moment."""

from __future__ import annotations

from itertools import pairwise

from activities.render.timeline import Ease, Key, Track

OVERSHOOT = 1.70158
"""Penner's constant: `Ease.BACK` passes its goal by a tenth before it settles."""


def eased(ease: Ease, share: float) -> float:
    """The share of the way done (about 0..1) after `share` (0..1) of the time. Cubic curves after Penner."""
    if ease is Ease.HOLD:
        return 0.0 if share < 1.0 else 1.0
    if ease is Ease.IN:
        return share**3
    if ease is Ease.OUT:
        return 1.0 - (1.0 - share) ** 3
    if ease is Ease.IN_OUT:
        return 4.0 * share**3 if share < 0.5 else 1.0 - (2.0 - 2.0 * share) ** 3 / 2.0
    if ease is Ease.BACK:
        rest = share - 1.0
        return 1.0 + (OVERSHOOT + 1.0) * rest**3 + OVERSHOOT * rest**2
    return share


def value_at(track: Track, t: float, default: float) -> float:
    """The track's figure at `t` seconds; it holds before the first and after the last key."""
    if not track:
        return default
    if t <= track[0].at:
        return track[0].value
    for before, after in pairwise(track):
        if t < after.at:
            return _between(before, after, t)
    return track[-1].value


def drifting_value(track: Track, t: float, default: float) -> float:
    """As `value_at`, but a linear move goes on past its last key, so that a camera does not stop dead in a transition."""
    if len(track) > 1 and t > track[-1].at and track[-1].ease is Ease.LINEAR:
        before, last = track[-2], track[-1]
        return _between(before, last, t) if last.at > before.at else last.value
    return value_at(track, t, default)


def _between(before: Key, after: Key, t: float) -> float:
    length = after.at - before.at
    if length <= 0:
        return after.value
    return before.value + (after.value - before.value) * eased(after.ease, (t - before.at) / length)


def settled(track: Track) -> bool:
    """Whether the track is the same at every moment."""
    return len({key.value for key in track}) <= 1
