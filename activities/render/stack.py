"""Composition: a stack of painters drawn in order; what did not change since the last frame is not drawn again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from activities.render.easing import eased
from activities.render.layers.base import Painter, Studio
from activities.render.layers.captions import CaptionPainter
from activities.render.layers.factory import make_painter
from activities.render.planes import Planes, crossfade, dimmed, new_planes, slide, wipe
from activities.render.segment_plan import SegmentPlan
from activities.render.timeline import Ease, Scene, Transition


@dataclass
class _Kept:
    """The lowest painters composed, with their states."""

    states: tuple[Hashable, ...]
    planes: Planes


class Stack:
    """Painters over each other, itself a painter. The first covers the frame; an empty stack is black."""

    def __init__(self, painters: Sequence[Painter], size: tuple[int, int]) -> None:
        self._painters = list(painters)
        self._size = size
        self._last: tuple[Hashable, ...] = ()
        self._kept: _Kept | None = None
        self._asked: tuple[float, tuple[Hashable, ...]] = (-1.0, ())

    def state(self, t: float) -> tuple[Hashable, ...]:
        if self._asked[0] != t:
            self._asked = (t, tuple(painter.state(t) for painter in self._painters))
        return self._asked[1]

    def paint(self, target: Planes, t: float) -> None:
        states = self.state(t)
        same = _common(states, self._last)
        self._last = states
        begin = 0
        if self._kept is not None and _common(states, self._kept.states) == len(self._kept.states):
            target.copy_from(self._kept.planes)
            begin = len(self._kept.states)
        elif self._covers_nothing(states):
            target.fill()
        for place in range(begin, len(states)):
            if states[place] is not None:
                self._painters[place].paint(target, t)
            if place + 1 == same and same > begin:
                self._keep(states[:same], target)

    def close(self) -> None:
        for painter in self._painters:
            painter.close()
        self._kept, self._asked = None, (-1.0, ())

    def _keep(self, states: tuple[Hashable, ...], target: Planes) -> None:
        if self._kept is None:
            self._kept = _Kept(states, new_planes(*self._size))
        self._kept.states = states
        self._kept.planes.copy_from(target)

    @staticmethod
    def _covers_nothing(states: tuple[Hashable, ...]) -> bool:
        return not states or states[0] is None


class TransitionPainter:
    """A scene that comes in over the one before it, then the scene alone."""

    def __init__(
        self, before: Stack, after: Stack, transition: Transition, length: float, size: tuple[int, int], over: Callable[[], None]
    ) -> None:
        """`length`: seconds of the scene before; there it goes on from its end. `over` hears when that one has been let go."""
        self._before, self._after = before, after
        self._transition = transition
        self._length = length
        self._size, self._over = size, over
        self._both: tuple[Planes, Planes] | None = None

    def state(self, t: float) -> Hashable:
        if t >= self._transition.seconds:
            return ("after", self._after.state(t))
        return (t, self._before.state(self._length + t), self._after.state(t))

    def paint(self, target: Planes, t: float) -> None:
        share = t / self._transition.seconds if self._transition.seconds > 0 else 1.0
        if share >= 1.0:
            if self._both is not None:
                # The scene before shows no more: its clip and pictures are let go for the rest of this one.
                self._before.close()
                self._both = None
                self._over()
            self._after.paint(target, t)
            return
        if self._both is None:
            self._both = new_planes(*self._size), new_planes(*self._size)
        old, new = self._both
        kind = self._transition.kind
        if kind == "fade_black":
            first = share < 0.5
            source = new
            (self._before if first else self._after).paint(source, self._length + t if first else t)
            dimmed(target, source, abs(1.0 - 2.0 * share))
            return
        self._before.paint(old, self._length + t)
        self._after.paint(new, t)
        if kind == "crossfade":
            crossfade(target, old, new, share)
        elif kind == "wipe":
            wipe(target, old, new, eased(Ease.IN_OUT, share), self._transition.direction)
        else:
            slide(target, old, new, eased(Ease.IN_OUT, share), self._transition.direction)

    def close(self) -> None:
        self._before.close()
        self._after.close()
        self._both = None


def compose(plan: SegmentPlan, studio: Studio) -> Stack:
    """The pictures of a segment, ready to paint.

    Raises:
        MediaError: a picture or clip cannot be used.
    """
    opened: list[Painter] = []
    try:
        scene = _scene(plan.scene, studio, opened)
        base: list[Painter] = list(scene)
        if plan.before is not None:
            before = Stack(_scene(plan.before, studio, opened), studio.size)
            length = plan.before.frames / plan.output.fps
            after = Stack(scene, studio.size)
            base = [TransitionPainter(before, after, plan.scene.transition, length, studio.size, studio.readers.close)]
        if plan.captions and plan.caption_style is not None:
            base.append(CaptionPainter(plan.captions, plan.caption_style, studio))
        base.extend(make_painter(sprite, studio) for sprite in plan.overlays)
    except BaseException:
        for painter in opened:
            painter.close()
        raise
    return Stack(base, studio.size)


def _scene(scene: Scene, studio: Studio, opened: list[Painter]) -> list[Painter]:
    painters = []
    for layer in scene.layers:
        painters.append(make_painter(layer, studio))
        opened.append(painters[-1])
    return painters


def _common(one: tuple[Hashable, ...], other: tuple[Hashable, ...]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
