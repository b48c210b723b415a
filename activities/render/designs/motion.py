"""How things come, stay and go. Times are seconds of the scene."""

from __future__ import annotations

from activities.render.timeline import Ease, Key, Track

ENTRY = 0.5
EXIT = 0.3
STAGGER = 0.08
SWELL = 1.0


def fade(at: float, leave: float | None = None, *, entry: float = ENTRY * 0.7, opacity: float = 1.0) -> Track:
    """From nothing to `opacity` at `at`, and away again from `leave` on."""
    keys = [Key(at=at, value=0.0), Key(at=at + entry, value=opacity, ease=Ease.OUT)]
    if leave is not None and leave > at + entry:
        keys += [Key(at=leave, value=opacity), Key(at=leave + EXIT, value=0.0, ease=Ease.IN)]
    return tuple(keys)


def glide(at: float, distance: float, leave: float | None = None, *, out: float = 0.0, entry: float = ENTRY) -> Track:
    """From `distance` pixels away to its place, and from `leave` on `out` pixels further."""
    keys = [Key(at=at, value=distance), Key(at=at + entry, value=0.0, ease=Ease.OUT)]
    if out and leave is not None and leave > at + entry:
        keys += [Key(at=leave, value=0.0), Key(at=leave + EXIT, value=out, ease=Ease.IN)]
    return tuple(keys)


def grow(at: float, leave: float | None = None, *, entry: float = ENTRY) -> Track:
    """Wiped in from nothing, and out again from `leave` on."""
    keys = [Key(at=at, value=0.0), Key(at=at + entry, value=1.0, ease=Ease.IN_OUT)]
    if leave is not None and leave > at + entry:
        keys += [Key(at=leave, value=1.0), Key(at=leave + EXIT, value=0.0, ease=Ease.IN)]
    return tuple(keys)


def pop(at: float, *, entry: float = ENTRY, small: float = 0.7) -> Track:
    """Scaled up a little beyond its size, then to it."""
    return (Key(at=at, value=small), Key(at=at + entry, value=1.0, ease=Ease.BACK))


def breathe(at: float, until: float, *, by: float = 0.06, period: float = 3.6) -> Track:
    """Popped in, then a swell of a second now and then, so that a long scene is never still.

    Between swells it rests: what rests is drawn once.
    """
    keys = list(pop(at))
    t = at + ENTRY + 2.2
    while t + SWELL < until:
        keys += [
            Key(at=t, value=1.0),
            Key(at=t + SWELL / 2, value=1.0 + by, ease=Ease.IN_OUT),
            Key(at=t + SWELL, value=1.0, ease=Ease.IN_OUT),
        ]
        t += period
    return tuple(keys)


def drift(until: float, first: float, last: float) -> Track:
    """A slow even move over the whole scene, in pixels."""
    return (Key(at=0.0, value=first), Key(at=max(until, 0.1), value=last, ease=Ease.LINEAR))
